package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"streamvault/shard/backup"
)

// Bucket is the part of a bucket below a prefix. It is safe for concurrent use.
type Bucket struct {
	c         *minio.Client
	bucket    string
	prefix    string // "" or ending with a slash
	endpoint  string
	partBytes uint64
}

var _ backup.Target = (*Bucket)(nil)

const (
	// partBytes is what a large object is cut into; one part is in memory at a time.
	partBytes = 16 << 20
	// tries is how often a request that can be repeated is sent.
	tries = 4
)

// New makes a Bucket of a place. It asks nothing of the server; see Check.
func New(p Place, k Keys) (*Bucket, error) {
	o := &minio.Options{Creds: credentials.NewStaticV4(k.ID, k.Secret, k.Session), Secure: p.Secure,
		Region: p.Region, TrailingHeaders: true, MaxRetries: tries}
	if !p.Amazon {
		o.BucketLookup = minio.BucketLookupPath
	}
	c, err := minio.New(p.Host, o)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlace, err)
	}
	return &Bucket{c: c, bucket: p.Bucket, prefix: p.Prefix, endpoint: p.Host, partBytes: partBytes}, nil
}

// String is the place as it was configured, without keys.
func (b *Bucket) String() string { return strings.TrimSuffix("s3://"+b.bucket+"/"+b.prefix, "/") }

// Check says whether the bucket is there and the keys are let in.
func (b *Bucket) Check(ctx context.Context) error {
	found, err := b.c.BucketExists(ctx, b.bucket)
	if err == nil && !found {
		err = errors.New("there is no such bucket")
	}
	return b.failed("look at", "", err)
}

// Name is "s3".
func (*Bucket) Name() string { return "s3" }

// Put stores a file, whole or not at all. When the context ends or the connection breaks after
// the last byte, it may be there in spite of the error.
func (b *Bucket) Put(ctx context.Context, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return b.failed("put", name, err)
	}
	info, err := f.Stat()
	if err == nil {
		err = b.put(ctx, name, info.Size(), f)
	}
	return errors.Join(err, f.Close())
}

// put stores size bytes. A body that ends early is an error.
func (b *Bucket) put(ctx context.Context, name string, size int64, body io.Reader) error {
	key, err := b.key(name)
	if err != nil {
		return err
	}
	if body, err = b.repeatable(ctx, key, size, body); err != nil {
		return b.failed("put", name, err)
	}
	done, err := b.c.PutObject(ctx, b.bucket, key, body, size,
		minio.PutObjectOptions{ContentType: "application/octet-stream", PartSize: b.partBytes, NumThreads: 1})
	if err == nil && done.Size != size {
		err = fmt.Errorf("%d of %d bytes arrived", done.Size, size)
	}
	return b.failed("put", name, err)
}

// repeatable is a body that can be sent again when a request fails: a small one is read before,
// a large one goes part by part, each from memory, after what is left of an earlier attempt is
// removed. It hides what else the body can do: minio-go 7.4.1 sends parts that it reads at an
// offset with wrong checksums.
func (b *Bucket) repeatable(ctx context.Context, key string, size int64, body io.Reader) (io.Reader, error) {
	if uint64(size) > b.partBytes {
		return struct{ io.Reader }{body}, b.c.RemoveIncompleteUpload(ctx, b.bucket, key)
	}
	whole := make([]byte, size)
	_, err := io.ReadFull(body, whole)
	return bytes.NewReader(whole), err
}

// Get opens an object, or returns backup.ErrNotFound.
func (b *Bucket) Get(ctx context.Context, name string) (io.ReadCloser, error) {
	key, err := b.key(name)
	if err != nil {
		return nil, err
	}
	o, err := b.c.GetObject(ctx, b.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, b.failed("get", name, err)
	}
	if _, err := o.Stat(); err != nil { // the first that asks the server
		return nil, errors.Join(b.failed("get", name, err), o.Close())
	}
	return o, nil
}

// Delete removes an object. One that is not there is no error.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	key, err := b.key(name)
	if err != nil {
		return err
	}
	return b.failed("delete", name, b.c.RemoveObject(ctx, b.bucket, key, minio.RemoveObjectOptions{}))
}

// List calls each with every object whose name begins with prefix, by name.
func (b *Bucket) List(ctx context.Context, prefix string, each func(backup.Object) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing when each does
	for o := range b.c.ListObjectsIter(ctx, b.bucket, minio.ListObjectsOptions{Prefix: b.prefix + prefix, Recursive: true}) {
		if o.Err != nil {
			return b.failed("list", prefix, o.Err)
		}
		name, ours := strings.CutPrefix(o.Key, b.prefix)
		if !ours || strings.HasSuffix(name, "/") {
			continue
		}
		if err := each(backup.Object{Name: name, Bytes: o.Size, ModifiedAt: o.LastModified}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// key is the name of an object in the bucket. No name leaves the prefix.
func (b *Bucket) key(name string) (string, error) {
	if !fs.ValidPath(name) || name == "." {
		return "", fmt.Errorf("%q is no name of an object", name)
	}
	return b.prefix + name, nil
}

// failed says what was done with what, in words without keys.
func (b *Bucket) failed(verb, name string, err error) error {
	if err == nil {
		return nil
	}
	switch minio.ToErrorResponse(err).Code {
	case "": // nothing came back
		var network net.Error
		if errors.As(err, &network) && !errors.Is(err, context.Canceled) {
			err = fmt.Errorf("%w: %w", backup.ErrAway, err)
		}
	case minio.NoSuchKey:
		err = backup.ErrNotFound
	case minio.NoSuchBucket:
		err = errors.New("there is no such bucket")
	case minio.AccessDenied, minio.InvalidAccessKeyID, minio.SignatureDoesNotMatch:
		err = fmt.Errorf("%w: %w", ErrDenied, err)
	}
	return fmt.Errorf("%s s3://%s/%s%s at %s: %w", verb, b.bucket, b.prefix, name, b.endpoint, err)
}

// ErrDenied says that the object store does not let these keys do that.
var ErrDenied = errors.New("access denied")
