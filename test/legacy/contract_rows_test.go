package legacy

// row says what becomes of a case of the old app's contract.
type row struct {
	out      string        // why it is not replayed
	steps    map[int]today // what is answered today, where that is not what was recorded
	paid     []string      // what the ledger gets, where that differs
	anyOrder string        // why the members of objects may come in another order
}

// today is an answer that is meant to differ: its status, something of its body, and why.
type today struct {
	status int
	body   string
	why    string
}

const (
	problems = "errors are problem+json, with a code to program against"
	methods  = "an address that is there says which methods it takes"
	game     = "the running game is no data"
	speech   = "speech is no data; !say spends points and is the last event"
	chatLog  = "the chat log is no data"
	keys     = "there is no password any more: keys, and POST /login for pages"
	oauth    = "signing in at Kick is /login/kick and /callback of the installation, with state and PKCE: see kick_login_test of api"
	isStatus = "is GET and PUT api/status now"
	byName   = "what a viewer has is listed by name; it came in the order in which he first had it"
)

// contracted has a row for each of the 128 cases. An empty one is replayed and answered as
// it was recorded, in everything.
var contracted = map[string]row{
	"admin-401-delete-dropgame":                    {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-delete-users-1":                     {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-get-dropgame":                       {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-get-overlay-layout":                 {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-get-powerups":                       {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-get-settings":                       {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-get-stream-status":                  {out: isStatus},
	"admin-401-get-theme":                          {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-get-users":                          {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-post-stream-status":                 {out: isStatus},
	"admin-401-put-dropgame":                       {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-put-overlay-layout":                 {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-put-powerups-tnt":                   {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-put-settings":                       {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-put-theme":                          {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-401-put-users-1":                        {steps: map[int]today{0: {401, "unauthorized", problems}}},
	"admin-dropgame-bad-json":                      {steps: map[int]today{0: {400, "invalid_request", problems}}},
	"admin-dropgame":                               {steps: map[int]today{2: {200, `"gravity":9,"bounceDamping":0.85`, "half a configuration broke the game; what is not set has its default now"}}},
	"admin-layout-bad-json":                        {steps: map[int]today{0: {400, "invalid_request", problems}}},
	"admin-layout":                                 {},
	"admin-login-unconfigured":                     {out: keys},
	"admin-login":                                  {out: keys},
	"admin-logout":                                 {out: keys},
	"admin-powerup-disable":                        {steps: map[int]today{1: {200, `{"boost":{`, "a disabled one was on sale until a restart"}, 2: {400, `invalid_request`, "and could be bought"}}},
	"admin-powerup-put-errors":                     {steps: map[int]today{0: {400, "invalid_request", problems}, 2: {400, `cost must be an integer`, "wrong types were stored"}, 3: {400, "invalid_request", problems}}},
	"admin-powerup-put":                            {steps: map[int]today{2: {200, `"name":"TNT2"`, "a new price counted after a restart only"}, 3: {200, `{"success":true,"balance":374,"quantity":1}`, "and was not asked until then"}}},
	"admin-powerups-get":                           {},
	"admin-settings-get":                           {},
	"admin-settings-invalid-theme-json":            {steps: map[int]today{0: {400, `theme must be a JSON object`, "broken JSON was stored, and was gone at the next start"}}},
	"admin-settings-put-errors":                    {steps: map[int]today{0: {400, "invalid_request", problems}, 1: {400, `key is missing`, "a row without a key was stored"}, 2: {400, `value must be a string`, "a number was stored"}, 3: {400, "invalid_request", problems}, 4: {400, "invalid_request", problems}}},
	"admin-settings-put":                           {},
	"admin-stream-status-bad-json":                 {out: isStatus},
	"admin-stream-status":                          {out: isStatus},
	"admin-theme-bad-json":                         {steps: map[int]today{0: {400, "invalid_request", problems}}},
	"admin-theme":                                  {},
	"admin-user-delete":                            {steps: map[int]today{1: {404, `not_found`, "removing what is gone was a success"}, 2: {404, `not_found`, "removing what never was, too"}}},
	"admin-user-put-errors":                        {steps: map[int]today{0: {404, `not_found`, "errors are problem+json"}, 2: {400, "invalid_request", problems}, 3: {400, `channel_points must be an integer`, "text was stored as a balance"}, 4: {400, `channel_points must not be null`, "the balance became NULL"}}},
	"admin-user-put":                               {},
	"admin-users-get":                              {},
	"admin-verify":                                 {out: keys},
	"auth-url":                                     {out: oauth},
	"buy-admin-free":                               {steps: map[int]today{0: {409, `insufficient_points`, "whoever put the streamer's name into the path paid nothing"}, 1: {409, `insufficient_points`, "whoever put the streamer's name into the path paid nothing"}}},
	"buy-bad-json":                                 {steps: map[int]today{0: {400, "invalid_request", problems}}},
	"buy-custom-powerup-check-violation":           {steps: map[int]today{0: {200, `{"success":true,"balance":2515,"quantity":1}`, "it was paid for, and then refused"}}},
	"buy-get-method":                               {steps: map[int]today{0: {405, "method_not_allowed", methods}}},
	"buy-insufficient":                             {steps: map[int]today{0: {409, `"price":750,"balance":375`, "too few points are a conflict, and errors are problem+json"}}},
	"buy-invalid-id":                               {steps: map[int]today{0: {400, "invalid_request", problems}, 1: {400, "invalid_request", problems}}},
	"buy-ok":                                       {},
	"buy-proto-constructor":                        {steps: map[int]today{0: {400, "invalid_request", problems}, 1: {200, `"channelPoints":2525`, "it set the balance to NULL"}}},
	"buy-unknown-user":                             {steps: map[int]today{0: {409, `"price":500,"balance":0`, "too few points are a conflict, and errors are problem+json"}}},
	"callback-no-verifier":                         {out: oauth},
	"callback-ok":                                  {out: oauth},
	"callback":                                     {out: oauth},
	"chat-page-xss":                                {out: chatLog},
	"documented-but-missing":                       {out: "it recorded that routes which the old docs named were not there; most are now, in our own shape"},
	"get-chat":                                     {out: chatLog},
	"get-commands":                                 {steps: map[int]today{0: {200, `{"name":"!help","cooldown":5000,"alternatives":["!commands"],"description":"`, "the commands are our own, in the same shape"}}},
	"get-dropgame-config":                          {},
	"get-dropgame-events":                          {out: game},
	"get-dropgame-powerups":                        {out: game},
	"get-dropgame-queue":                           {out: game},
	"get-dropgame-state":                           {out: game},
	"get-dropgame-waiting":                         {out: game},
	"get-events-last":                              {},
	"get-goals-raw":                                {out: "the counters in memory are gone; goals are rows"},
	"get-goals":                                    {steps: map[int]today{0: {200, `{"followers":{"current":1,"target":100},"subscribers":{"current":3,"target":50}}`, "counters in memory were shown; goals are read from the database now"}}},
	"get-leaderboard":                              {},
	"get-overlay-layout":                           {},
	"get-overlay-settings":                         {},
	"get-powerups":                                 {},
	"get-theme":                                    {},
	"get-tips":                                     {},
	"get-tts-next":                                 {out: speech},
	"get-tts-queue":                                {out: speech},
	"get-voices":                                   {out: speech},
	"landed":                                       {out: game},
	"not-found":                                    {steps: map[int]today{1: {405, "method_not_allowed", methods}, 2: {405, "method_not_allowed", methods}}},
	"points-summary":                               {},
	"points-transactions":                          {},
	"powerups-user":                                {anyOrder: byName},
	"profile-get":                                  {anyOrder: byName},
	"profile-post-bad-json":                        {steps: map[int]today{0: {400, "invalid_request", problems}}},
	"profile-post-clear-empty-string":              {anyOrder: byName},
	"profile-post-empty":                           {anyOrder: byName},
	"profile-post-new-user":                        {},
	"profile-post-null":                            {anyOrder: byName},
	"profile-post-percent-name":                    {steps: map[int]today{0: {200, `{"username":"Jürgen","dropPoints":0,"totalDrops":0,"channelPoints":125,"country":"DE","powerups":{}}`, "names in a path are percent-decoded now"}}},
	"profile-post-types":                           {steps: map[int]today{0: {400, `voiceId must be a string or null`, "a number was stored"}, 1: {400, `voiceId must be a string or null`, "an object was ignored"}}},
	"profile-post":                                 {anyOrder: byName},
	"profile-put-method":                           {steps: map[int]today{0: {405, "method_not_allowed", methods}}},
	"restart-all-goals-disabled":                   {steps: map[int]today{0: {200, `{}`, "a start set disabled goals back to 0 and showed them"}}},
	"restart-all-powerups-disabled":                {steps: map[int]today{0: {200, `"name":"mine","description":"Doubles your horizontal speed temporarily","cost":1`, "a start overwrote what was changed"}}},
	"restart-all-tips-disabled":                    {steps: map[int]today{0: {200, `[]`, "a start added all tips once more"}}},
	"restart-broken-theme-json":                    {steps: map[int]today{0: {200, `"siteName":"My"`, "broken JSON is kept among the rejects, and our own default shown"}, 1: {200, `"key":"ai_chatbot_enabled"`, "the theme among the settings is our own default, too"}}},
	"score-invalid":                                {steps: map[int]today{0: {400, "invalid_request", problems}, 1: {400, "invalid_request", problems}, 2: {400, "invalid_request", problems}, 3: {400, `body must be JSON`, "bad JSON was a 500"}}},
	"score-odd-numbers":                            {steps: map[int]today{0: {400, `score must be 0 to 1000000000000`, "a negative score was stored"}, 1: {400, `score must be an integer`, "half a point was stored"}, 2: {400, `invalid_request`, "infinity was stored"}}},
	"score-ok":                                     {},
	"score-username-types":                         {steps: map[int]today{0: {400, `username must be a string`, "a number became a name"}, 1: {400, `username must be a string`, "a list became a name"}, 2: {400, `username must be a string`, "it was a 500"}}},
	"session-validate":                             {out: "is api/session now, with the token in the header; a token in an address would be logged"},
	"stats":                                        {steps: map[int]today{3: {200, `{"username":"Jürgen","channelPoints":125`, "names in a path are percent-decoded now"}}},
	"tts-preview":                                  {out: speech},
	"upload":                                       {steps: map[int]today{0: {200, `{"success":true,"imageUrl":"/codingbutter/api/uploads/`, "a picture lies in the streamer's file, and has its address there"}, 1: {404, `not_found`, "so nothing is at the old address"}, 2: {400, "invalid_request", problems}, 3: {400, "invalid_request", problems}, 4: {400, `body is missing`, "the recording holds the size of this body only; see TestPictures for one too large"}, 5: {400, "invalid_request", problems}, 6: {400, `invalid_request`, "it was a 500"}}},
	"verify-case-mismatch":                         {steps: map[int]today{0: {200, `"expiresAt":"2025-12-10T12:05:00Z"`, "how long a code lives is said, too"}, 2: {200, `{"verified":true,"sessionToken":"sv_viewer_`, "names compared by case, so it never worked"}}},
	"verify-check-errors":                          {steps: map[int]today{0: {404, `not_found`, "errors are problem+json"}, 2: {404, `not_found`, "codes are not carried over: they live 5 minutes"}}},
	"verify-check-verified-new-user":               {steps: map[int]today{0: {404, `not_found`, "codes are not carried over: they live 5 minutes"}}},
	"verify-expired-same-day":                      {steps: map[int]today{0: {404, `not_found`, "a code lived until midnight"}, 2: {404, `not_found`, "and could still be used"}}},
	"verify-flow":                                  {steps: map[int]today{0: {200, `"expiresAt":"2025-12-10T12:05:00Z"`, "how long a code lives is said, too"}, 4: {404, `not_found`, "is api/session now"}, 5: {404, `not_found`, "is api/session now"}, 6: {404, `not_found`, "is api/session now"}, 7: {404, `not_found`, "errors are problem+json"}}},
	"webhook-anonymous-gift":                       {paid: []string{}},
	"webhook-bad-signature":                        {steps: map[int]today{0: {401, `unauthorized`, "a wrong signature was only logged"}}, paid: []string{}},
	"webhook-channel-followed":                     {},
	"webhook-channel-subscription-gifts":           {steps: map[int]today{1: {200, `"details":"3 subs"`, "three gifts counted as one"}}, paid: []string{"4500 gift Gifted 3 subs"}},
	"webhook-channel-subscription-new":             {},
	"webhook-channel-subscription-renewal":         {},
	"webhook-chat-message-sent":                    {},
	"webhook-commands":                             {steps: map[int]today{9: {404, "not_found", game}, 10: {404, "not_found", game}, 11: {404, "not_found", game}, 12: {404, "not_found", game}, 13: {404, "not_found", game}}, paid: []string{"-2550 gamble Lost! Rolled 100, bet 2550", "25 chat Chat message"}},
	"webhook-crash-disabled-powerup-after-restart": {steps: map[int]today{2: {200, `"channelPoints":2550`, "it ended the server"}}},
	"webhook-crash-disabled-powerup":               {},
	"webhook-gift-count":                           {},
	"webhook-kicks-amount":                         {},
	"webhook-kicks-gifted":                         {steps: map[int]today{1: {200, `"details":"500 Kicks"`, "500 kicks counted as one"}}, paid: []string{"50000 tip Tipped 500 Kicks"}},
	"webhook-kicks-nan":                            {steps: map[int]today{0: {400, "invalid_request", "it made the balance NULL"}, 1: {200, `"channelPoints":375`, "it made the balance NULL"}}, paid: []string{}},
	"webhook-kicks-negative":                       {steps: map[int]today{0: {400, "invalid_request", "it made the balance negative"}, 1: {200, `"channelPoints":375`, "it made the balance negative"}}, paid: []string{}},
	"webhook-livestream-start":                     {},
	"webhook-livestream-status-updated":            {},
	"webhook-malformed":                            {steps: map[int]today{0: {401, `unauthorized`, "nothing else than what Kick has signed is looked at"}, 1: {401, `unauthorized`, "nothing else than what Kick has signed is looked at"}, 2: {405, "method_not_allowed", methods}}, paid: []string{}},
	"webhook-moderation-banned":                    {},
	"webhook-replay":                               {paid: []string{"700 tip Tipped 7 Kicks"}},
	"webhook-stream-offline":                       {},
}
