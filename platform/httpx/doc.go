// Package httpx connects to servers that we do not trust: addresses that
// citizens and other servers gave us, and those of administrators with typing
// mistakes.
//
// A Guard decides, at the moment of dialling and for the address that is
// dialled, whether we may connect to it; so neither a name that resolves to two
// addresses nor a redirect gets round it. New makes an HTTP client with a
// Guard, deadlines and caps. Explain turns the errors of both into sentences.
package httpx
