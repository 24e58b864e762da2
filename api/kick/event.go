package kick

import (
	"encoding/json"
	"strconv"

	"streamvault/shard/tenant"
)

// The types of events that do something.
const (
	chatMessage = "chat.message.sent"
	followed    = "channel.followed"
	subscribed  = "channel.subscription.new"
	renewed     = "channel.subscription.renewal"
	gifted      = "channel.subscription.gifts"
	kicksGifted = "kicks.gifted"
	liveOrNot   = "livestream.status.updated"
)

// EventTypes are the types of events that do something.
func EventTypes() []string {
	return []string{chatMessage, followed, subscribed, renewed, gifted, kicksGifted, liveOrNot}
}

const (
	mostGifts    = 100_000
	mostKicks    = 1_000_000_000
	mostMonths   = 12_000
	firstRenewal = 2 // month
)

// telling are the fields by which a body shows its type. A body has those of one type only.
var telling = map[string][]string{
	"content": {chatMessage}, "follower": {followed}, "subscriber": {subscribed, renewed}, "gifter": {gifted},
	"gift": {kicksGifted}, "amount": {kicksGifted}, "is_live": {liveOrNot},
}

// event is what has happened.
type event struct {
	what    string
	who     string // who did it; "" when he does not want to be known
	count   int64  // of gifts or kicks
	live    bool
	content string // of a chat message
}

// person is a viewer as events name him; null when he is anonymous.
type person struct {
	Anonymous bool   `json:"is_anonymous"`
	Username  string `json:"username"`
}

// event reads the body as what its header says it is. An event of an unknown type has no
// what.
func (d Delivery) event() (event, error) {
	e := event{what: d.Type, count: 1}
	switch d.Type {
	case chatMessage, followed, subscribed, renewed, gifted, kicksGifted, liveOrNot:
	case "":
		return e, &tenant.InvalidError{Field: headerType, Problem: "is missing"}
	default:
		return event{}, nil
	}
	if !d.looksLike(d.Type) {
		return e, &tenant.InvalidError{Field: "body", Problem: "is not of the type that " + headerType + " says"}
	}
	return e, d.read(&e)
}

func (d Delivery) looksLike(what string) bool {
	shown := false
	for field, types := range telling {
		if _, there := d.fields[field]; !there {
			continue
		}
		if shown = types[0] == what || types[len(types)-1] == what; !shown {
			return false
		}
	}
	return shown
}

// read fills in what belongs to the type.
func (d Delivery) read(e *event) error {
	switch e.what {
	case chatMessage:
		if err := d.text("content", &e.content); err != nil {
			return err
		}
		return d.known("sender", e)
	case followed:
		return d.known("follower", e)
	case subscribed, renewed:
		if err := d.months(e.what); err != nil {
			return err
		}
		return d.person("subscriber", e)
	case gifted:
		if err := d.gifts(e); err != nil {
			return err
		}
		return d.person("gifter", e)
	case kicksGifted:
		if err := d.kicks(e); err != nil {
			return err
		}
		return d.person("sender", e)
	}
	if json.Unmarshal(d.fields["is_live"], &e.live) != nil || string(d.fields["is_live"]) == "null" {
		return &tenant.InvalidError{Field: "is_live", Problem: "must be true or false"}
	}
	return nil
}

// person reads who did it. Who is anonymous has no name, whatever is sent as one.
func (d Delivery) person(field string, e *event) error {
	var p person
	if err := json.Unmarshal(d.fields[field], &p); err != nil {
		return &tenant.InvalidError{Field: field, Problem: "must be a viewer"}
	}
	if !p.Anonymous {
		e.who = p.Username
	}
	return nil
}

// known is person of what nobody does without his name.
func (d Delivery) known(field string, e *event) error {
	if err := d.person(field, e); err != nil {
		return err
	}
	if e.who == "" {
		return &tenant.InvalidError{Field: field, Problem: "must have a name"}
	}
	return nil
}

func (d Delivery) text(field string, to *string) error {
	if json.Unmarshal(d.fields[field], to) != nil {
		return &tenant.InvalidError{Field: field, Problem: "must be a string"}
	}
	return nil
}

// months tells a renewal, which is for the second month or a later one, from a new
// subscription, which looks the same otherwise.
func (d Delivery) months(what string) error {
	if _, there := d.fields["duration"]; !there {
		return nil
	}
	n, err := d.integer("duration", d.fields["duration"], mostMonths)
	if err == nil && n >= firstRenewal != (what == renewed) {
		err = &tenant.InvalidError{Field: "duration", Problem: "is not of the type that " + headerType + " says"}
	}
	return err
}

// gifts counts those who were given a subscription; older bodies said the count only.
func (d Delivery) gifts(e *event) (err error) {
	if list, there := d.fields["giftees"]; there {
		var giftees []json.RawMessage
		if json.Unmarshal(list, &giftees) != nil || len(giftees) == 0 {
			return &tenant.InvalidError{Field: "giftees", Problem: "must be a list of viewers"}
		}
		e.count = int64(len(giftees))
	} else if n, there := d.fields["gift_count"]; there {
		e.count, err = d.integer("gift_count", n, mostGifts)
	}
	return err
}

// kicks reads how many were given; older bodies had the amount outside of the gift.
func (d Delivery) kicks(e *event) (err error) {
	var gift struct {
		Amount json.RawMessage `json:"amount"`
	}
	gift.Amount = d.fields["amount"]
	if body, there := d.fields["gift"]; there && json.Unmarshal(body, &gift) != nil {
		return &tenant.InvalidError{Field: "gift", Problem: "must be a gift"}
	}
	e.count, err = d.integer("gift.amount", gift.Amount, mostKicks)
	return err
}

// integer is a whole number from 1 to most.
func (Delivery) integer(field string, value json.RawMessage, most int64) (int64, error) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || n < 1 || n > most {
		return 0, &tenant.InvalidError{Field: field, Problem: "must be a whole number from 1"}
	}
	return n, nil
}
