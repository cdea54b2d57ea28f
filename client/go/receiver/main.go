// Receives webhooks: verifies each signature, then responds.
//
//	WEBHOOK_SECRET=whsec_... go run ./receiver 8080
//
// With a public key (whpk_...) instead of a secret it verifies Ed25519 signatures (`v1a`), which the published library
// does not support.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const maxBody = 1 << 20 // hookd sends at most 256 KiB

type verifier interface {
	Verify(body []byte, headers http.Header) error
}

func newVerifier(secret string) (verifier, error) {
	key, isPublic := strings.CutPrefix(secret, "whpk_")
	if !isPublic {
		return standardwebhooks.NewWebhook(secret)
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	if err == nil && len(raw) != ed25519.PublicKeySize {
		err = errors.New("not the length of a public key")
	}
	return ed25519Verifier(raw), err
}

type ed25519Verifier ed25519.PublicKey

func (key ed25519Verifier) Verify(body []byte, headers http.Header) error {
	timestamp := headers.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	// At most five minutes, to prevent replay attacks.
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return errors.New("too old, or from the future")
	}
	signed := append([]byte(headers.Get("Webhook-Id")+"."+timestamp+"."), body...)
	// There is one signature for each key, separated by spaces.
	for _, each := range strings.Split(headers.Get("Webhook-Signature"), " ") {
		encoded, isEd25519 := strings.CutPrefix(each, "v1a,")
		signature, err := base64.StdEncoding.DecodeString(encoded)
		if isEd25519 && err == nil && ed25519.Verify(ed25519.PublicKey(key), signed, signature) {
			return nil
		}
	}
	return errors.New("no signature is valid")
}

func main() {
	secret := os.Getenv("WEBHOOK_SECRET")
	if len(os.Args) != 2 || secret == "" {
		log.Fatal("usage: WEBHOOK_SECRET=whsec_... go run ./receiver PORT")
	}
	verifier, err := newVerifier(secret)
	if err != nil {
		log.Fatalf("WEBHOOK_SECRET: %v", err)
	}
	http.HandleFunc("POST /", func(response http.ResponseWriter, request *http.Request) {
		// The signature covers the bytes as received: verify it before parsing them.
		body, err := io.ReadAll(http.MaxBytesReader(response, request.Body, maxBody))
		if err == nil {
			err = verifier.Verify(body, request.Header)
		}
		var event struct{ Type string }
		if err == nil {
			err = json.Unmarshal(body, &event)
		}
		if err != nil {
			fmt.Printf("refused: %v\n", err)
			response.WriteHeader(http.StatusUnauthorized)
			return
		}
		// Respond within 5 seconds, and put longer work into a queue. Use Webhook-Id to detect duplicates.
		fmt.Printf("verified %s %s\n", event.Type, request.Header.Get("Webhook-Id"))
		response.WriteHeader(http.StatusNoContent)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s/\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
