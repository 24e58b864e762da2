package kick

import (
	"slices"
	"time"
)

// commands are all there are, by each of their names. What is a link is in the settings.
var commands = byName([]command{
	{[]string{"help", "commands"}, 5 * time.Second, help},
	{[]string{"points", "balance", "bal"}, 5 * time.Second, points},
	{[]string{"leaderboard", "top"}, 10 * time.Second, leaderboard},
	{[]string{"stats", "mystats"}, 5 * time.Second, stats},
	{[]string{"dropstats"}, 5 * time.Second, dropStats},
	{[]string{"droptop"}, 10 * time.Second, dropTop},
	{[]string{"drop"}, time.Second, drop},
	{[]string{"verify"}, time.Second, verify},
	{[]string{"goals"}, 10 * time.Second, goals},
	{[]string{"roll", "gamble", "bet", "slots"}, 5 * time.Second, roll},
	{[]string{"coinflip", "flip", "cf"}, 5 * time.Second, coinflip},
	{[]string{"duel", "challenge", "fight"}, 5 * time.Second, challenge},
	{[]string{"accept"}, time.Second, accept},
	{[]string{"decline", "deny", "reject"}, time.Second, decline},
	{[]string{"cancel"}, time.Second, cancel},
	{[]string{"say"}, 5 * time.Second, say},
	{[]string{"socials"}, 30 * time.Second, socials},
})

func byName(all []command) map[string]command {
	named := map[string]command{}
	for _, c := range all {
		for _, name := range c.names {
			named[name] = c
		}
	}
	return named
}

// linkNames are other names of links.
var linkNames = map[string]string{"x": "twitter", "yt": "youtube", "gh": "github", "ig": "instagram", "insta": "instagram"}

// linkSetting begins the settings that are links: link_discord is what !discord says.
const linkSetting = "link_"

// link is what a command that is a link says, or "".
func (t *turn) link(name string) string {
	if other, known := linkNames[name]; known {
		name = other
	}
	return t.rules[linkSetting+name]
}

// links are the names of the streamer's links, in order.
func (t *turn) links() []string {
	var names []string
	for key, value := range t.rules {
		if len(key) > len(linkSetting) && key[:len(linkSetting)] == linkSetting && value != "" {
			names = append(names, key[len(linkSetting):])
		}
	}
	slices.Sort(names)
	return names
}
