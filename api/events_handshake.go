package api

import (
	"encoding/base64"
	"net/http"
	"strings"

	"streamvault/shard/tenant"
)

// handshake refuses what does not open a WebSocket (RFC 6455, 4.2.1) with a problem that
// names what is wrong, before anything is held for the follower.
func (c *call) handshake() error {
	h := c.r.Header
	if !c.r.ProtoAtLeast(1, 1) || !asksFor(h, "Connection", "upgrade") {
		c.w.Header().Set("Upgrade", "websocket")
		return errUpgrade
	}
	if version := h["Sec-Websocket-Version"]; len(version) != 1 || version[0] != "13" {
		c.w.Header().Set("Upgrade", "websocket")
		c.w.Header().Set("Sec-WebSocket-Version", "13")
		return NewProblem(http.StatusUpgradeRequired, "upgrade_required", "This address speaks version 13 of WebSocket.")
	}
	key := h["Sec-Websocket-Key"]
	if len(key) == 1 {
		if raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key[0])); err == nil && len(raw) == 16 {
			return nil
		}
	}
	return &tenant.InvalidError{Field: "Sec-WebSocket-Key", Problem: "must be given once, 16 bytes in base64"}
}
