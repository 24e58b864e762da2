package main

import (
	"fmt"

	"github.com/spf13/pflag"

	kept "streamvault/shard/backup"
	"streamvault/shard/backup/s3"
)

// placeFlags say where backups are kept that are made from now on. Those that were kept
// elsewhere before stay readable as long as that place is named.
type placeFlags struct{ to, endpoint, region, credentials string }

func (p *placeFlags) add(f *pflag.FlagSet) {
	f.StringVar(&p.to, "backup-to", "", "keep backups in an object store, s3://BUCKET/PREFIX (default DATA/backups)")
	f.StringVar(&p.endpoint, "s3-endpoint", "", "address of the object store, https://HOST[:PORT] (default Amazon's)")
	f.StringVar(&p.region, "s3-region", s3.DefaultRegion, "region of the bucket")
	f.StringVar(&p.credentials, "s3-credentials", "", "file with the access keys, as ~/.aws/credentials (default AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)")
	for _, name := range []string{"backup-to", "s3-endpoint", "s3-region", "s3-credentials"} {
		setting(f, name)
	}
}

// target is the object store, or nil for the data directory.
func (p placeFlags) target(env func(string) (string, bool)) (kept.Target, error) {
	if p.to == "" {
		return nil, nil
	}
	place, err := s3.ParsePlace(p.to, p.endpoint, p.region)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("--backup-to: %w", err), command: "streamvault"}
	}
	keys, err := s3.LoadKeys(p.credentials, env)
	if err != nil {
		return nil, err
	}
	return s3.New(place, keys)
}
