package api

import (
	"context"
	"net/http"

	"streamvault/shard/tenant"
)

func commandRoutes() []Route {
	return []Route{
		onTenant(Route{Method: http.MethodGet, Path: "/{channel}/api/commands", Who: Anyone, ETag: true,
			Summary: "What viewers can type in chat, for a bot that serves it"}, listCommands),
	}
}

// command names and orders its fields as the old app did.
type command struct {
	Name         string   `json:"name"`
	Cooldown     int64    `json:"cooldown"` // milliseconds between two uses by one viewer
	Alternatives []string `json:"alternatives,omitempty"`
	Description  string   `json:"description"`
	Arguments    string   `json:"arguments"`
}

// commands are the same on every channel. Those that touch data are answered by the package
// kick, the rest is a bot's or the game's.
var commands = []command{
	{"!help", 5_000, []string{"!commands"}, "Where to find what you can type", ""},
	{"!points", 5_000, []string{"!balance", "!bal"}, "How many points you have", ""},
	{"!leaderboard", 10_000, []string{"!top"}, "Who has the most points", ""},
	{"!stats", 5_000, []string{"!mystats"}, "Your figures, or another viewer's", "[username]"},
	{"!goals", 10_000, nil, "How far the goals are", ""},
	{"!roll", 5_000, []string{"!gamble", "!bet", "!slots"}, "Roll the dice, or bet points that it is 50 or less", "[<amount|all|half>]"},
	{"!coinflip", 5_000, []string{"!flip", "!cf"}, "Double your bet or lose it", "<amount|all|half> [heads|tails]"},
	{"!duel", 5_000, []string{"!challenge", "!fight"}, "Challenge another viewer for points", "<@username> <amount>"},
	{"!accept", 1_000, nil, "Fight the duel that you were challenged to", ""},
	{"!decline", 1_000, []string{"!deny", "!reject"}, "Do not fight it", ""},
	{"!cancel", 1_000, nil, "Take your challenge back", ""},
	{"!socials", 30_000, nil, "The streamer's links; each has a command of its own too", ""},
	{"!profile", 30_000, nil, "Where to choose your picture, voice and country", ""},
	{"!verify", 1_000, nil, "Tell the page that it is really you", "<code>"},
	{"!say", 5_000, nil, "Have a message spoken on stream for points", "[id=VOICE_ID] <message>"},
	{"!drop", 1_000, nil, "Join the drop game, or look after your power-ups", "[emote] | -powerups | -buy <powerup> [how many] | -mine"},
	{"!dropstats", 5_000, nil, "How your drops went", ""},
	{"!droptop", 10_000, nil, "Who won the most in the drop game", ""},
	{"!tnt", 1_000, nil, "During your drop: blast the others away", ""},
	{"!powerdrop", 1_000, nil, "During your drop: fall straight down", ""},
	{"!shield", 1_000, nil, "During your drop: nobody can push you", ""},
	{"!magnet", 1_000, nil, "During your drop: be pulled to the platform", ""},
	{"!ghost", 1_000, nil, "During your drop: pass through everything", ""},
	{"!boost", 1_000, nil, "During your drop: be twice as fast", ""},
}

func listCommands(context.Context, tenant.UserStore, *None) ([]command, error) { return commands, nil }
