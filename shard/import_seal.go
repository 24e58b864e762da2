package shard

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"time"

	"streamvault/shard/seal"
)

// A sealed source is a tar of the files, sealed (shard/seal).

// sealHead is the line that begins a sealed source.
type sealHead struct {
	seal.Head
	Run       string    `json:"run"`
	Streamer  int64     `json:"streamerId"`
	SHA256    string    `json:"sourceSha256"`
	Bytes     int64     `json:"sourceBytes"`
	CreatedAt time.Time `json:"createdAt"`
}

const sealFormat = "streamvault-legacy-source-1"

// sealFiles writes files, as each hands them over, as one sealed source.
func sealFiles(to io.Writer, dataKey []byte, h sealHead, each func(func(name string, size int64, body io.Reader) error) error) error {
	s, err := seal.NewWriter(to, dataKey, sealFormat, func(own seal.Head) any { h.Head = own; return h })
	if err != nil {
		return err
	}
	archive := tar.NewWriter(s)
	err = each(func(name string, size int64, body io.Reader) error {
		err := archive.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: h.CreatedAt})
		if err != nil {
			return err
		}
		_, err = io.Copy(archive, body)
		return err
	})
	if err == nil {
		err = errors.Join(archive.Close(), s.Close())
	}
	if err != nil {
		return fmt.Errorf("seal source: %w", err)
	}
	return nil
}
