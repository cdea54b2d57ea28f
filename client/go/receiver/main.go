// Receives webhooks: verifies each signature, then answers.
//
//	WEBHOOK_SECRET=whsec_... go run ./receiver 8080
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const maxBody = 1 << 20 // hookd sends at most 256 KiB

func main() {
	secret := os.Getenv("WEBHOOK_SECRET")
	if len(os.Args) != 2 || secret == "" {
		log.Fatal("usage: WEBHOOK_SECRET=whsec_... go run ./receiver PORT")
	}
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		log.Fatalf("WEBHOOK_SECRET: %v", err)
	}
	http.HandleFunc("POST /", func(response http.ResponseWriter, request *http.Request) {
		// The signature is of the bytes as they came: verify before anything parses them.
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
		// Answer within 5 seconds: what takes longer belongs into a queue. Webhook-Id tells what was there before.
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
