package tenant

import "fmt"

// InvalidError says which value of a request is outside its range, and what the range is.
type InvalidError struct {
	Field   string // as in JSON: "amount"
	Problem string // "must be 1 to 1000000000000"
}

func (e *InvalidError) Error() string { return fmt.Sprintf("%s %s", e.Field, e.Problem) }

// InsufficientError says that a viewer cannot pay. Nothing was changed.
type InsufficientError struct {
	Price, Balance int64 // points
}

func (e *InsufficientError) Error() string {
	return fmt.Sprintf("costs %d points, the balance is %d", e.Price, e.Balance)
}

// KeyReusedError says that an idempotency key came back with another request.
type KeyReusedError struct{ Key string }

func (e *KeyReusedError) Error() string {
	return "the idempotency key was used before with another request"
}
