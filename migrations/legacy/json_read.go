package legacy

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// users stages everybody, in the order in which they stand in the file.
func (s *stage) users(ctx context.Context) error {
	last := map[string]int64{} // the row that counts of names that stand twice
	err := s.entries(ctx, func(id int64, name string, _ json.RawMessage) error {
		last[name] = id
		return nil
	})
	if err != nil {
		return err
	}
	return s.entries(ctx, func(id int64, name string, entry json.RawMessage) error {
		m := members(entry)
		switch {
		case m == nil:
			return s.add("users", `id, username, "no-object"`, id, name, string(entry))
		case last[name] != id: // the old app took the last one
			return s.add("users", `id, username, "shadowed-entry"`, id, name, string(entry))
		}
		return s.user(id, name, m)
	})
}

// user stages one viewer with what he has.
func (s *stage) user(id int64, name string, m map[string]json.RawMessage) error {
	for _, later := range []string{"dropImage", "country", "powerups"} {
		if m[later] != nil && s.gen == J1 {
			s.gen = J2
		}
	}
	err := s.add("user_points", "user_id, channel_points, drop_points, total_drops, last_updated", id,
		value(m["channelPoints"]), value(m["dropPoints"]), value(m["totalDrops"]), noTime)
	if err != nil {
		return err
	}
	voice, image, country := value(m["voiceId"]), value(m["dropImage"]), value(m["country"])
	known := []string{"channelPoints", "dropPoints", "totalDrops", "voiceId", "dropImage", "country"}
	if items := members(m["powerups"]); items != nil || m["powerups"] == nil || string(m["powerups"]) == "null" {
		known = append(known, "powerups")
		types := make([]string, 0, len(items))
		for kind := range items {
			types = append(types, kind)
		}
		slices.Sort(types)
		for _, kind := range types {
			if err := s.add("powerup_inventory", "user_id, powerup_type, quantity", id, kind, value(items[kind])); err != nil {
				return err
			}
		}
	}
	return s.add("users", "id, username, voice_id, drop_image, country, created_at, updated_at, other",
		id, name, voice, image, country, noTime, noTime, others(m, known...))
}

// entries calls fn with each member of user_data.json. Whatever is no JSON refuses the source.
func (s *stage) entries(ctx context.Context, fn func(id int64, name string, entry json.RawMessage) error) error {
	f, err := os.Open(filepath.Join(s.c.path, fileUsers))
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	if mark, _ := in.Peek(len(byteOrderMark)); bytes.Equal(mark, byteOrderMark) {
		_, _ = in.Discard(len(mark))
	}
	d := json.NewDecoder(in)
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return s.broken(d, err)
	}
	for id := int64(1); d.More(); id++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		name, err := d.Token()
		var entry json.RawMessage
		if err == nil {
			err = d.Decode(&entry)
		}
		if err != nil {
			return s.broken(d, err)
		}
		if err := fn(id, name.(string), entry); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return s.broken(d, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return s.broken(d, errors.New("something stands behind its end"))
	}
	return nil
}

// broken refuses user_data.json, saying where it breaks.
func (s *stage) broken(d *json.Decoder, err error) error {
	switch {
	case err == nil:
		err = errors.New("it is no object")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it ends too early")
	}
	return s.c.refuse(err, "is broken: %s is no JSON from byte %d on (%s)", fileUsers, d.InputOffset(), strings.TrimPrefix(err.Error(), "json: "))
}

// targets are what the old app gave the goals that had none.
var targets = map[string]int64{"followers": 100, "subscribers": 50}

func (s *stage) goals(body []byte) error {
	all := members(body)
	if all == nil {
		return s.add("goals", `id, "broken-json"`, fileGoals, string(body))
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		m := members(all[name])
		if m == nil {
			if err := s.add("goals", `id, "no-object"`, name, string(all[name])); err != nil {
				return err
			}
			continue
		}
		target, label := value(m["target"]), value(m["label"])
		if target == nil {
			target = targets[name]
		}
		if label == nil && name != "" {
			label = strings.ToUpper(name[:1]) + name[1:]
		}
		err := s.add("goals", "id, label, current_value, target_value, enabled, updated_at, other",
			name, label, value(m["current"]), target, int64(1), noTime, others(m, "current", "target", "label"))
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) tips(body []byte) error {
	var all []json.RawMessage
	if json.Unmarshal(body, &all) != nil {
		return s.add("tips", `"broken-json"`, string(body))
	}
	for i, raw := range all {
		id := int64(i + 1)
		text, isText := value(raw).(string)
		if !isText || raw[0] != '"' {
			if err := s.add("tips", `id, "no-text"`, id, string(raw)); err != nil {
				return err
			}
			continue
		}
		if err := s.add("tips", "id, content, enabled, sort_order, created_at", id, text, int64(1), id-1, noTime); err != nil {
			return err
		}
	}
	return nil
}

// tokens were kept as the provider had answered. When they end was not: they are renewed
// before their first use.
func (s *stage) tokens(body []byte) error {
	m := members(body)
	if m == nil {
		return s.add("api_tokens", `provider, "broken-token-json"`, "kick", string(body))
	}
	return s.add("api_tokens", "provider, access_token, refresh_token, expires_at, scope, created_at, updated_at", "kick",
		value(m["access_token"]), value(m["refresh_token"]), noTime, value(m["scope"]), noTime, noTime)
}

// game keeps the file's text; settings that are no JSON are noted by their loader.
func (s *stage) game(body []byte) error {
	s.gen = J3
	return s.add("overlay_settings", "key, value, updated_at", "dropgame_config", string(body), noTime)
}
