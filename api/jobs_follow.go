package api

import (
	"context"

	"streamvault/shard/job"
)

// jobProgress is a line of a job that is followed.
type jobProgress struct {
	Job    int64  `json:"job"`
	Step   string `json:"step"` // what is being worked on
	Unit   string `json:"unit"` // what is counted
	Done   int64  `json:"done"`
	Failed int64  `json:"failed"`
	Total  int64  `json:"total"`
}

// followRoute makes a route that answers a job's progress line by line, and the job as it
// ended in the last. It may be asked by any number at once, and again after a break. A
// job that has ended is answered at once. Unit is what is counted.
func followRoute(r Route, unit string) Route {
	r = Operation(r, func(context.Context, Caller, *jobID, func(any)) (Job, error) { return Job{}, nil })
	r.run = func(c *call) error {
		in := new(jobID)
		if err := c.bind(in); err != nil {
			return err
		}
		return c.lines(func(progress func(any)) (any, error) {
			j, err := c.server.ds.FollowJob(c.ctx, in.ID, func(p job.Progress) {
				progress(jobProgress{p.Job, p.Step, unit, p.Done, p.Failed, p.Total})
			})
			return ShowJob(j), orNoJob(in.ID, err)
		})
	}
	return r
}
