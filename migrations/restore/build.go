package restore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"

	"streamvault/migrations"
)

// Work is a file to be built of another.
type Work struct {
	From string   // a private copy that Check has let through
	Path string   // of the new file; nothing is there yet
	Drop []string // tables whose rows stay behind
	// Secret are words: settings with one of them in their key stay behind.
	Secret []string
	// Identity is whose the new file is. Row ids move from the old streamer's base to his.
	Identity migrations.Identity
	// Channel is how he is called, for addresses in the rows; it counts where the streamer
	// is another one.
	Channel string
	// Version is what an older file is brought to; a newer one stays what it is.
	Version int
	Now     time.Time
}

// Built is a file that was built.
type Built struct {
	Content Content `json:"content"` // as it was carried, before any migration
	Version int     `json:"version"`
}

// largeBytes is how large a file is to be built with large pages, and its indexes last.
const largeBytes = 8 << 20

// build is one run.
type build struct {
	Work
	facts   Facts
	c       *migrations.Conn
	large   bool
	secrets int64 // settings that stayed behind
}

// Build writes a file at w.Path and fills it with the rows of w.From, whose facts Check has
// found. The result is durable, in WAL mode, and has the content that was asked for. When it
// fails it leaves the file, which the caller removes.
func Build(ctx context.Context, w Work, facts Facts) (_ Built, err error) {
	info, err := os.Stat(w.From)
	if err != nil {
		return Built{}, err
	}
	b := &build{Work: w, facts: facts, large: info.Size() > largeBytes}
	if err := b.create(ctx); err != nil {
		return Built{}, fmt.Errorf("make a new file: %w", err)
	}
	built, err := b.run(ctx)
	if err = errors.Join(err, b.c.Close()); err != nil {
		return Built{}, err
	}
	return built, syncFile(w.Path)
}

// create makes the empty file, of the version that the rows have.
func (b *build) create(ctx context.Context) error {
	f := migrations.Tenant()
	var image []byte
	var err error
	if b.large {
		image, err = f.LargeImage(&b.Identity, b.facts.Version, b.Now)
	} else {
		image, err = f.Image(&b.Identity, b.facts.Version, b.Now, nil)
	}
	if err != nil {
		return err
	}
	made, err := os.OpenFile(b.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = made.Write(image)
	if err = errors.Join(err, made.Close()); err != nil {
		return err
	}
	file, err := migrations.Open(ctx, b.Path, f, &b.Identity, migrations.Options{Synchronous: migrations.Normal, Refuse: true})
	if err != nil {
		return err
	}
	b.c = file.Writer()
	return nil
}

// One transaction fills the file, so there is nothing to go back to but an empty one. Foreign
// keys are checked once at the end, CHECKs with every row.
const whileBuilding = `PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
	PRAGMA secure_delete = OFF; PRAGMA cache_size = -16384; PRAGMA temp_store = FILE; PRAGMA cell_size_check = ON`

const whenBuilt = `DETACH old; PRAGMA main.journal_mode = WAL; PRAGMA synchronous = FULL`

func (b *build) run(ctx context.Context) (Built, error) {
	if err := b.fill(ctx); err != nil {
		return Built{}, err
	}
	built := Built{Version: b.facts.Version}
	var err error
	if built.Content, err = ContentOf(ctx, b.c); err != nil {
		return built, err
	}
	if err := b.compare(built.Content); err != nil {
		return built, err
	}
	if b.Version > built.Version {
		if built.Version, err = migrations.Tenant().Migrate(b.c, b.Version, b.Now); err != nil {
			return built, err
		}
	}
	// Building is a commit of its own: what comes after is not what was before.
	return built, b.c.Run(`UPDATE shard_identity SET commit_seq = ?1; PRAGMA wal_checkpoint(TRUNCATE)`, b.facts.CommitSeq+1)
}

// fill carries the rows.
func (b *build) fill(ctx context.Context) error {
	all, err := plans(b.c)
	if err != nil {
		return err
	}
	b.c.SetLimit(sqlite3.SQLITE_LIMIT_ATTACHED, 1)
	from := url.URL{Scheme: "file", Path: b.From, RawQuery: "mode=ro"}
	if err := b.c.Run(whileBuilding+`; ATTACH DATABASE ?1 AS old; BEGIN IMMEDIATE`, from.String()); err != nil {
		return migrations.Damage(err)
	}
	indexes, err := b.dropIndexes()
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.carry(p); err != nil {
			return fmt.Errorf("carry %s: %w", p.table, migrations.Damage(err))
		}
	}
	if err := errors.Join(b.moveUploads(), b.moveSequences()); err != nil {
		return err
	}
	if err := b.createIndexes(indexes); err != nil {
		return err
	}
	if err := checkKeys(b.c); err != nil {
		return err
	}
	return b.c.Run(`COMMIT; ` + whenBuilt)
}

// shift is what is added to a row id.
func (b *build) shift() int64 { return (b.Identity.Streamer - b.facts.Streamer) << 32 }

func (b *build) carry(p plan) error {
	for _, t := range b.Drop {
		if t == p.table {
			return nil
		}
	}
	values := p.list(true, func(c column) string {
		switch c.kind {
		case owner:
			return `?1`
		case id:
			return quote(c.name) + ` + ?2`
		}
		return quote(c.name)
	})
	args := []driver.Value{b.Identity.Streamer, b.shift()}
	where := `TRUE`
	if secret, words := b.secret(p.table); secret != "" {
		args, where = append(args, words...), `NOT (`+secret+`)`
		n, err := b.c.Int(`SELECT count(*) FROM old.`+quote(p.table)+` WHERE ?1 = ?1 AND ?2 = ?2 AND (`+secret+`)`, args...)
		if err != nil {
			return err
		}
		b.secrets = n
	}
	return b.c.Run(`INSERT INTO main.`+quote(p.table)+` (`+p.list(true, quoted)+`)
		SELECT `+values+` FROM old.`+quote(p.table)+` WHERE ?2 = ?2 AND `+where+` ORDER BY `+p.order(), args...)
}

// compare holds what was carried against what was there.
func (b *build) compare(built Content) error {
	except := b.Drop
	if b.secrets > 0 {
		if now, was := built.Tables[settings].Rows, b.facts.Content.Tables[settings].Rows; now+b.secrets != was {
			return fmt.Errorf("%w: %d rows of %s instead of %d", ErrMismatch, now, settings, was-b.secrets)
		}
		except = append(slices.Clone(except), settings)
	}
	if odd := b.facts.Content.Differences(built, except...); len(odd) > 0 {
		return fmt.Errorf("%w: the rows of %s are not what they were", ErrMismatch, strings.Join(odd, ", "))
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
