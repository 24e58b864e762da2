package isolation

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"streamvault/migrations"
	"streamvault/shard"
	"streamvault/shard/doctor"
)

// codes are what a doctor calls what a call is refused for.
var codes = map[error]doctor.Code{
	migrations.ErrMissing: doctor.FileMissing, migrations.ErrUnsafeFile: doctor.UnsafeFile, migrations.ErrForeignFile: doctor.ForeignFile,
	migrations.ErrWrongIdentity: doctor.WrongIdentity, migrations.ErrNewer: doctor.FileNewer, migrations.ErrDamaged: doctor.Damaged,
	shard.ErrRolledBack: doctor.RolledBack,
}

// strayLogs are those where the file itself is right: the doctor sees it, and can put
// the log away.
var strayLogs = map[string]bool{"Other'sLog": true, "OwnOldLog": true}

// TestTheDoctorFindsEverySwap: what a call would be refused for stands in the report, of that
// streamer and of no other, and looking has changed nothing.
func TestTheDoctorFindsEverySwap(t *testing.T) {
	t.Parallel()
	for name, c := range swaps {
		t.Run(name+"/WhileDown", func(t *testing.T) {
			t.Parallel()
			l := newLot(t)
			c.put(t, l)
			before := l.lying(t)
			s, err := shard.Open(t.Context(), filepath.Join(l.dir, "data"), shard.Options{MaxOpen: 4, Examined: true})
			require.NoError(t, err)
			l.diagnosed(t, s, name, c)
			closeStore(t, s)
			unchanged(t, before, l.lying(t))
		})
		t.Run(name+"/WhileRunning", func(t *testing.T) {
			t.Parallel()
			l := newLot(t)
			s := openStore(t, l.dir)
			c.put(t, l)
			before := l.lying(t)
			l.diagnosed(t, s, name, c)
			unchanged(t, before, l.lying(t))
			l.mended(t, s, name, c)
			closeStore(t, s)
		})
	}
}

func (l *lot) diagnosed(t *testing.T, s *shard.Store, name string, c swap) {
	t.Helper()
	want := codes[c.want]
	if strayLogs[name] {
		want = doctor.ForeignLog
	}
	r := examine(t, s, doctor.Order{})
	by := map[string]map[doctor.Code]bool{}
	for _, p := range r.Problems {
		if p.Streamer != nil && by[*p.Streamer] == nil {
			by[*p.Streamer] = map[doctor.Code]bool{}
		}
		if p.Streamer != nil {
			by[*p.Streamer][p.Code] = true
		}
	}
	require.True(t, by["alice"][want], "%s: %+v", want, r.Problems)
	require.Equal(t, c.also, by["bob"][want], "%+v", r.Problems)
	require.Empty(t, by["carol"])
	require.False(t, r.OK)
}

// mended: a fix brings alice back where the file was right, and harms nobody where it was not.
func (l *lot) mended(t *testing.T, s *shard.Store, name string, c swap) {
	t.Helper()
	r := examine(t, s, doctor.Order{Fix: true, Actor: "test"})
	switch {
	case strayLogs[name], name == "RowOfNoFile": // her file is there, and named again
		require.True(t, r.OK, "%+v", r.Problems)
		l.served(t, s, "alice", 15)
	default:
		require.False(t, r.OK)
		_, err := balance(t, s, l.streamers["alice"])
		require.True(t, errors.Is(err, shard.ErrQuarantined) && errors.Is(err, c.want), "%v", err)
	}
	l.served(t, s, "carol", 30)
}

func examine(t *testing.T, s *shard.Store, o doctor.Order) doctor.Report {
	t.Helper()
	r, err := s.Examine(context.WithoutCancel(t.Context()), o, nil)
	require.NoError(t, err)
	return r
}
