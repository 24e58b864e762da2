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
		err = fmt.Errorf("the server went away while job %d was under way (%w): once there is one again, see streamvault job show %d", id, err, id)
	}
	return j, answer, err
}
