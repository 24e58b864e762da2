package api

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkChatMessages sends chat messages of 50 viewers through the whole handler, as Kick
// sends them: each one signed, known once, and durable when it is answered. The streamer has
// the settings, theme and layout of one who uses them.
func BenchmarkChatMessages(b *testing.B) {
	for name, callers := range map[string]int{"OneAtATime": 1, "ManyAtOnce": 32} {
		b.Run(name, func(b *testing.B) {
			s := newStand(b)
			store := s.store.Tenant(s.alice.ID)
			for i := range 60 {
				require.NoError(b, store.SetSetting(b.Context(), fmt.Sprint("setting_", i), "some value of a setting"))
			}
			big := fmt.Sprintf(`{"rows":%q}`, strings.Repeat("x", 1500))
			require.NoError(b, store.SetTheme(b.Context(), []byte(big)))
			require.NoError(b, store.SetDefaultLayout(b.Context(), []byte(big)))
			deliveries := make([]delivery, b.N)
			for i := range deliveries {
				d := s.delivery(fmt.Sprint("m", i), "chat.message.sent", fmt.Sprintf(`{"content":"hello","sender":{"user_id":5,"username":"viewer%d"}}`, i%50))
				d.signature = new(sign(&d))
				deliveries[i] = d
			}
			var next atomic.Int64
			b.SetParallelism(callers)
			b.ResetTimer()
			started := time.Now()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					s.deliver(deliveries[next.Add(1)-1]).ok(200, nil)
				}
			})
			b.ReportMetric(float64(b.N)/time.Since(started).Seconds(), "messages/s")
		})
	}
}
