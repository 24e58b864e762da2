package api

import (
	"context"
	"net/http"
	"time"

	"streamvault/shard/doctor"
	"streamvault/shard/tenant"
)

// DoctorStore looks over the whole installation.
type DoctorStore interface {
	Examine(ctx context.Context, o doctor.Order, progress func(doctor.Progress)) (doctor.Report, error)
}

func doctorRoutes() []Route {
	const path = "/api/doctor"
	return []Route{
		onInstallation(Route{Method: http.MethodGet, Path: path, Who: Admin, Timeout: doctorTime,
			Summary: "Looks over the installation and says what is wrong with it; ?deep=1 reads every row of everybody"}, examine),
		treat(Route{Method: http.MethodPost, Path: path, Who: Admin,
			Summary: "Looks over the installation, line by line how far it is, and with fix mends what loses nothing"}),
	}
}

// doctorTime is how long somebody may wait for a report in one piece.
const doctorTime = time.Hour

type examination struct {
	Deep         string `query:"deep" is:"one:0,1,false,true"` // the files' content too; it takes long
	MaxBackupAge string `query:"maxBackupAge" is:"duration"`   // such as "36h": a streamer who has changed since his newest backup, when that is older, is a problem
}

func examine(ctx context.Context, d desk[DoctorStore], in *examination) (doctor.Report, error) {
	o := doctor.Order{Actor: d.caller.Actor}
	switch in.Deep {
	case "1", "true":
		o.Deep = true
	case "", "0", "false":
	default:
		return doctor.Report{}, &tenant.InvalidError{Field: "deep", Problem: "must be true or false"}
	}
	var err error
	if o.MaxBackupAge, err = age(in.MaxBackupAge); err != nil {
		return doctor.Report{}, err
	}
	return d.store.Examine(ctx, o, nil)
}

type treatment struct {
	Body struct {
		Deep         *bool   `json:"deep"`                       // false when it is not sent
		Fix          *bool   `json:"fix"`                        // false when it is not sent
		MaxBackupAge *string `json:"maxBackupAge" is:"duration"` // such as "36h"
	}
}

// doctorProgress is a line of a report under way.
type doctorProgress struct {
	Step  string `json:"step"`
	Unit  string `json:"unit"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
}

// treat makes the route of an examination that is followed.
func treat(r Route) Route {
	r = Operation(r, func(context.Context, Caller, *treatment, func(any)) (doctor.Report, error) {
		return doctor.Report{}, nil
	})
	r.run = func(c *call) error {
		in := new(treatment)
		if err := c.bind(in); err != nil {
			return err
		}
		b := in.Body
		o := doctor.Order{Deep: b.Deep != nil && *b.Deep, Fix: b.Fix != nil && *b.Fix, Actor: c.caller.Actor}
		if b.MaxBackupAge != nil {
			var err error
			if o.MaxBackupAge, err = age(*b.MaxBackupAge); err != nil {
				return err
			}
		}
		return c.lines(func(progress func(any)) (any, error) {
			return c.server.ds.Examine(c.ctx, o, func(p doctor.Progress) {
				progress(doctorProgress{p.Step, "streamers", p.Done, p.Total})
			})
		})
	}
	return r
}

// age reads a duration, "" is none.
func age(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, &tenant.InvalidError{Field: "maxBackupAge", Problem: "must be a duration such as 36h"}
	}
	return d, nil
}
