package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Who sends a byte now and then does not keep others from restoring the streamer for long.
func TestAnUploadThatTricklesEnds(t *testing.T) {
	t.Parallel()
	begun := time.Unix(1000, 0)
	u := &upload{begun: begun, read: 15}
	require.Equal(t, begun.Add(lineTimeout), u.deadline(begun.Add(29*time.Second)))
	u.read = slowestUpload * 100
	require.Equal(t, begun.Add(lineTimeout+50*time.Second), u.deadline(begun.Add(50*time.Second)))
	require.Equal(t, begun.Add(lineTimeout+100*time.Second), u.deadline(begun.Add(120*time.Second)))
}

// Over a socket: bytes go on coming and the upload ends all the same, once it has had its time.
func TestAnUploadThatTricklesIsCutOff(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u := &upload{control: http.NewResponseController(w), from: r.Body, begun: time.Now().Add(200*time.Millisecond - lineTimeout)}
		_, err := io.Copy(io.Discard, u)
		ended <- err
	}))
	t.Cleanup(s.Close)
	body, drip := io.Pipe()
	go func() {
		for range time.Tick(10 * time.Millisecond) {
			if _, err := drip.Write([]byte{0}); err != nil {
				return
			}
		}
	}()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, body)
	require.NoError(t, err)
	go func() {
		if answer, err := s.Client().Do(r); err == nil {
			_ = answer.Body.Close()
		}
		_ = body.Close()
	}()
	select {
	case err := <-ended:
		require.ErrorIs(t, err, errBodyTimeout)
	case <-time.After(20 * time.Second):
		require.Fail(t, "it is read on and on")
	}
}
