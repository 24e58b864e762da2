package pool_test

import (
	"context"
	"fmt"

	"streamvault/shard/pool"
)

type file struct{ name string }

func (f *file) Close() error { fmt.Println("close", f.name); return nil }

func ExamplePool() {
	ctx := context.Background()
	p := pool.New(func(_ context.Context, id int) (*file, error) {
		return &file{name: fmt.Sprint("file ", id)}, nil
	}, pool.Options[int]{Size: 1})

	work := func(id int) error {
		l, err := p.Acquire(ctx, id)
		if err != nil {
			return err
		}
		defer l.Release()
		fmt.Println("use", l.Handle().name)
		return nil
	}
	fmt.Println(work(1), work(1), work(2), p.Close(ctx))
	// Output:
	// use file 1
	// use file 1
	// close file 1
	// use file 2
	// close file 2
	// <nil> <nil> <nil> <nil>
}
