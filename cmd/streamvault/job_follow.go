package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// followJob shows the progress of a job that has been begun and returns it as it ended. When
// the caller gives up, a job in a server goes on; one in this process is halted as the
// process ends.
func (a *app) followJob(ctx context.Context, c *client, id int64, first string) (j job, answer json.RawMessage, err error) {
	return a.followAt(ctx, c, fmt.Sprintf("%s/%d/progress", jobsPath, id), id, first)
}

// followAt follows a job at another route that shows it.
func (a *app) followAt(ctx context.Context, c *client, path string, id int64, first string) (j job, answer json.RawMessage, err error) {
	answer, err = a.follow(ctx, c, http.MethodGet, path, nil, first)
	switch {
	case err == nil:
		err = json.Unmarshal(answer, &j)
	case ctx.Err() != nil && c.own:
		err = &refusal{Code: "interrupted", Detail: fmt.Sprintf("interrupted: job %d is halted and can be resumed", id)}
	case ctx.Err() != nil:
		err = &refusal{Code: "interrupted", Detail: fmt.Sprintf("interrupted: job %d goes on in the server; see streamvault job show %d", id, id)}
	case !errors.As(err, new(*refusal)):
		err = errors.Join(fmt.Errorf("job %d was under way: see streamvault job show %d", id, id), begun(err))
	}
	return j, answer, err
}

// begun makes the error of a server that went away one after which nothing is begun again
// with the next: what was asked of the first is under way or done.
func begun(err error) error {
	if errors.Is(err, errNobody) {
		return errors.New("the server went away")
	}
	return err
}
