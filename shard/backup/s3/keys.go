package s3

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
)

// ErrKeys says that there are no access keys, or that they lie open.
var ErrKeys = errors.New("access keys of the object store")

// Keys let somebody in. Session is of temporary ones only.
type Keys struct{ ID, Secret, Session string }

// LoadKeys takes them from a file, when one is named, else from the variables that all S3 tools read:
// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
func LoadKeys(file string, env func(string) (string, bool)) (Keys, error) {
	if file != "" {
		return readKeys(file)
	}
	var k Keys
	k.ID, _ = env("AWS_ACCESS_KEY_ID")
	k.Secret, _ = env("AWS_SECRET_ACCESS_KEY")
	k.Session, _ = env("AWS_SESSION_TOKEN")
	if k.ID == "" || k.Secret == "" {
		return Keys{}, fmt.Errorf("%w: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file of them", ErrKeys)
	}
	return k, nil
}

// readKeys reads the first section of a file of lines "aws_access_key_id = ...", which nobody
// else may read.
func readKeys(file string) (k Keys, err error) {
	info, err := os.Stat(file)
	if err != nil {
		return k, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return k, fmt.Errorf("%w: %s can be read by others; run chmod 600 %s", ErrKeys, file, file)
	}
	f, err := os.Open(file)
	if err != nil {
		return k, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sections := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			if sections++; sections > 1 {
				break
			}
		}
		name, value, _ := strings.Cut(line, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "aws_access_key_id":
			k.ID = strings.TrimSpace(value)
		case "aws_secret_access_key":
			k.Secret = strings.TrimSpace(value)
		case "aws_session_token":
			k.Session = strings.TrimSpace(value)
		}
	}
	if k.ID == "" || k.Secret == "" {
		return Keys{}, fmt.Errorf("%w: %s needs the lines aws_access_key_id = ID and aws_secret_access_key = SECRET", ErrKeys, file)
	}
	return k, nil
}
