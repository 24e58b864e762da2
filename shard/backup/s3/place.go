package s3

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"strings"
)

// ErrPlace says that a place cannot be one.
var ErrPlace = errors.New("no place in an object store")

// Place is where objects lie.
type Place struct {
	Bucket, Prefix string
	Host           string // of the endpoint, with a port where it is not the usual one
	Secure         bool   // https
	Region         string
	Amazon         bool // the bucket is a part of the host's name
}

// bucketName is what all stores take: no upper case, nothing that a path or host cannot hold.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// DefaultRegion is where a bucket is taken to be.
const DefaultRegion = "us-east-1"

// ParsePlace reads s3://BUCKET[/PREFIX], an endpoint ("" is Amazon's) such as
// https://s3.example.com, and a region ("" is DefaultRegion).
func ParsePlace(address, endpoint, region string) (Place, error) {
	p := Place{Region: region, Secure: true}
	if p.Region == "" {
		p.Region = DefaultRegion
	}
	rest, ok := strings.CutPrefix(address, "s3://")
	if !ok {
		return p, fmt.Errorf("%w: it must be s3://BUCKET/PREFIX", ErrPlace)
	}
	p.Bucket, p.Prefix, _ = strings.Cut(rest, "/")
	p.Prefix = strings.TrimSuffix(p.Prefix, "/")
	if !bucketName.MatchString(p.Bucket) {
		return p, fmt.Errorf("%w: a bucket is 3 to 63 of a-z, 0-9, . and -", ErrPlace)
	}
	if p.Prefix != "" {
		if !fs.ValidPath(p.Prefix) {
			return p, fmt.Errorf("%w: the prefix must be a path without empty parts", ErrPlace)
		}
		p.Prefix += "/"
	}
	return p, p.at(endpoint)
}

func (p *Place) at(endpoint string) error {
	if endpoint == "" {
		p.Host, p.Amazon = "s3."+p.Region+".amazonaws.com", true
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return fmt.Errorf("%w: the endpoint must be https://HOST[:PORT] or http://HOST[:PORT]", ErrPlace)
	}
	if u.User != nil {
		return fmt.Errorf("%w: keys do not belong in an address", ErrPlace)
	}
	p.Host, p.Secure = u.Host, u.Scheme == "https"
	return nil
}
