package backup

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"time"

	"streamvault/migrations/restore"
)

// ManifestFormat names this form of a manifest.
const ManifestFormat = "streamvault-backup-1"

// Manifest says what a backup is.
type Manifest struct {
	Format     string    `json:"format"`
	Program    string    `json:"streamvault"` // version of the program that made it
	CreatedAt  time.Time `json:"createdAt"`
	StreamerID int64     `json:"streamerId"` // 0 is the registry
	Streamer   string    `json:"streamer"`   // username at that time
	UUID       string    `json:"uuid"`
	Generation int64     `json:"generation"`
	CommitSeq  int64     `json:"commitSeq"` // the last commit that is in it

	// Own says that the streamer asked for it himself: he has some of these only.
	Own bool `json:"own,omitempty"`

	SchemaVersion int                      `json:"schemaVersion"`
	Digest        string                   `json:"digest"` // of the rows that a restore brings back
	Tables        map[string]restore.Table `json:"tables"` // of all rows
	Figures       restore.Figures          `json:"figures"`

	Packed     bool   `json:"packed"`     // with zstd
	Sealed     bool   `json:"sealed"`     // under the streamer's data key
	PlainBytes int64  `json:"plainBytes"` // of the database
	Bytes      int64  `json:"bytes"`      // of the file as it lies there
	SHA256     string `json:"sha256"`     // of these bytes, in hex
}

// Facts turns what a sound file says of itself into a manifest's part.
func (m *Manifest) Facts(f restore.Facts) {
	m.StreamerID, m.UUID, m.Generation, m.CommitSeq = f.Streamer, f.UUID, f.Generation, f.CommitSeq
	m.SchemaVersion, m.Tables, m.Figures = f.Version, f.Content.Tables, f.Figures
	m.Digest = f.Content.Digest(restore.SignedIn...)
}

// Agrees says in which way a file is not what its manifest says, or "".
func (m *Manifest) Agrees(f restore.Facts) string {
	switch {
	case m.StreamerID != f.Streamer || m.UUID != f.UUID:
		return "another streamer's"
	case m.Generation != f.Generation || m.CommitSeq != f.CommitSeq || m.SchemaVersion != f.Version:
		return "of another moment"
	}
	if odd := (restore.Content{Tables: m.Tables}).Differences(f.Content); len(odd) > 0 {
		return fmt.Sprintf("not the same in %s", odd[0])
	}
	if m.Digest != f.Content.Digest(restore.SignedIn...) {
		return "of another digest"
	}
	return ""
}

// Encode writes a manifest as it is kept.
func (m *Manifest) Encode() ([]byte, error) {
	m.Format = ManifestFormat
	body, err := json.MarshalIndent(m, "", "  ")
	return append(body, '\n'), err
}

// DecodeManifest reads a manifest; whoever it came from, its figures are only claims.
func DecodeManifest(body []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if m.Format != ManifestFormat || m.Bytes <= 0 || m.PlainBytes <= 0 || len(m.SHA256) != 64 || m.StreamerID < 0 {
		return m, fmt.Errorf("%w: it is of format %q", ErrManifest, m.Format)
	}
	return m, nil
}

// FileName is where a backup of a streamer is kept: his id, the time and a few random digits.
func FileName(streamer int64, at time.Time, packed, sealed bool) string {
	var unique [4]byte
	_, _ = rand.Read(unique[:]) // never fails
	name := fmt.Sprintf("%s-%s.db", at.UTC().Format("20060102T150405Z"), hex.EncodeToString(unique[:]))
	if packed {
		name += ".zst"
	}
	if sealed {
		name += ".sealed"
	}
	return path.Join(fmt.Sprintf("%010d", streamer), name)
}

// ManifestName is the manifest of a file.
func ManifestName(file string) string { return file + ".json" }
