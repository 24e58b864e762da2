package isolation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"streamvault/registry"
	"streamvault/shard/scope"
)

// channel is the name that a streamer begins with. It carries no canary, for it may become
// another's.
func channel(id scope.StreamerID) string { return fmt.Sprint("channel-", id) }

// changeHimself renames, suspends or resumes the streamer, and asks who has which name.
func (p *player) changeHimself(ctx context.Context) {
	switch p.draw.IntN(4) {
	case 0:
		p.rename(ctx, channel(p.id)+[]string{"", "_a", "_b"}[p.draw.IntN(3)])
	case 1:
		p.swap(ctx)
	case 2:
		p.suspend(ctx)
	case 3:
		p.known(ctx, p.name, p.id)
		_, err := p.game.store.StreamerByKickID(ctx, mark(p.id)+"-kick")
		require.NoError(p, err)
	}
}

// rename takes a name that is free. The old one is nobody's at once, or leads to him.
func (p *player) rename(ctx context.Context, to string) {
	from, grace := p.name, time.Duration(p.draw.IntN(2))*time.Hour
	s, err := p.game.store.UpdateStreamer(ctx, p.id, registry.Change{Username: &to, NameGrace: &grace}, "test")
	if errors.Is(err, registry.ErrTaken) {
		return // a sibling has it since they swapped, or had it before
	}
	require.NoError(p, err)
	require.Equal(p, to, s.Username)
	p.name = to
	p.known(ctx, to, p.id)
	if from != to {
		_, err = p.game.store.StreamerByName(ctx, from)
		require.ErrorIs(p, err, registry.ErrNotFound, "the old name is still known")
		var renamed *registry.RenamedError
		require.Equal(p, grace > 0, errors.As(err, &renamed))
		if renamed != nil {
			require.Equal(p, p.id, renamed.Now.ID, "the old name leads to another")
			require.Equal(p, to, renamed.Now.Username)
		}
	}
}

// swap gives his name to another player of the same goroutine and takes that one's: what a
// cache has kept of either is now wrong.
func (p *player) swap(ctx context.Context) {
	var siblings []*player
	for i, other := range p.game.players {
		if other != p && i%tables == (int(p.id)-int(p.game.players[0].id))%tables {
			siblings = append(siblings, other)
		}
	}
	if len(siblings) == 0 {
		return
	}
	other := siblings[p.draw.IntN(len(siblings))]
	mine, theirs := p.name, other.name
	p.known(ctx, mine, p.id)
	p.known(ctx, theirs, other.id)
	for _, step := range []struct {
		who *player
		to  string
	}{{p, "between-" + channel(p.id)}, {other, mine}, {p, theirs}} {
		_, err := p.game.store.UpdateStreamer(ctx, step.who.id, registry.Change{Username: &step.to, NameGrace: new(time.Duration)}, "test")
		require.NoError(p, err)
		step.who.name = step.to
	}
	p.known(ctx, theirs, p.id)
	p.known(ctx, mine, other.id)
}

// known asks whose a name is.
func (p *player) known(ctx context.Context, name string, id scope.StreamerID) {
	found, err := p.game.store.StreamerByName(ctx, name)
	require.NoError(p, err)
	require.Equal(p, id, found.ID, "channel %s", name)
	found, err = p.game.store.Streamer(ctx, id)
	require.NoError(p, err)
	require.Equal(p, name, found.Username)
	require.Equal(p, mark(id)+" shown", found.DisplayName)
}

// suspend suspends, or resumes whom it had suspended. The DataStore serves both; the API
// refuses the writes.
func (p *player) suspend(ctx context.Context) {
	var err error
	if p.held {
		_, err = p.game.store.Resume(ctx, p.id, "test")
	} else {
		_, err = p.game.store.Suspend(ctx, p.id, mark(p.id)+" paused", "test")
	}
	require.NoError(p, err)
	p.held = !p.held
}
