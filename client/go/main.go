// Calls hookd: creates a webhook, emits single events and a stream of events, and waits for all deliveries.
//
//	go run . localhost:50051 http://127.0.0.1:8080/
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/health" // enables client-side health checks
	"google.golang.org/grpc/status"

	hookdv1 "hookd/v1"
)

const (
	project      = "projects/example-go"
	callDeadline = 10 * time.Second // for unary calls
	workDeadline = time.Minute      // for streams
	streamed     = 1000
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: go run . HOOKD_ADDRESS RECEIVER_URL")
	}
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, address, url string) error {
	// The retry policy for calls while hookd is UNAVAILABLE.
	serviceConfig, err := os.ReadFile("../../protos/hookd/v1/service_config.json")
	if err != nil {
		return err
	}
	connection, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultServiceConfig(string(serviceConfig)))
	if err != nil {
		return err
	}
	defer connection.Close()
	webhooks := hookdv1.NewWebhookServiceClient(connection)
	events := hookdv1.NewEventServiceClient(connection)
	deliveries := hookdv1.NewDeliveryServiceClient(connection)

	if err := createBadWebhook(ctx, webhooks); err != nil {
		return err
	}
	webhook, err := createWebhook(ctx, webhooks, url)
	if err != nil {
		return err
	}
	samples := sampleEvents()
	for _, event := range samples {
		if err := emit(ctx, events, event); err != nil {
			return err
		}
	}
	if err := stream(ctx, events); err != nil {
		return err
	}
	if err := watch(ctx, deliveries, webhook, len(samples)+streamed); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callDeadline)
	defer cancel()
	_, err = webhooks.DeleteWebhook(ctx, &hookdv1.DeleteWebhookRequest{Name: webhook.Name})
	return err
}

// createBadWebhook sends an invalid request, and prints every field violation.
func createBadWebhook(ctx context.Context, webhooks hookdv1.WebhookServiceClient) error {
	ctx, cancel := context.WithTimeout(ctx, callDeadline)
	defer cancel()
	_, err := webhooks.CreateWebhook(ctx, &hookdv1.CreateWebhookRequest{
		Parent:  project,
		Webhook: &hookdv1.Webhook{Url: "ftp://example.com/"},
	})
	for _, detail := range status.Convert(err).Details() {
		if badRequest, ok := detail.(*errdetails.BadRequest); ok {
			for _, violation := range badRequest.FieldViolations {
				fmt.Printf("refused: %s: %s\n", violation.Field, violation.Description)
			}
			return nil
		}
	}
	return fmt.Errorf("expected a BadRequest, got: %w", err)
}

func createWebhook(ctx context.Context, webhooks hookdv1.WebhookServiceClient, url string) (*hookdv1.Webhook, error) {
	ctx, cancel := context.WithTimeout(ctx, callDeadline)
	defer cancel()
	var types []hookdv1.EventType
	for number := range hookdv1.EventType_name {
		if number != 0 {
			types = append(types, hookdv1.EventType(number))
		}
	}
	webhook, err := webhooks.CreateWebhook(ctx, &hookdv1.CreateWebhookRequest{
		Parent: project,
		Webhook: &hookdv1.Webhook{
			Url:        url,
			EventTypes: types,
			// The receiver's secret. If it is empty, hookd generates one and returns it in the response.
			SigningSecret: os.Getenv("WEBHOOK_SECRET"),
		},
		RequestId: uuid.NewString(), // makes the call safe to retry
	})
	if err == nil {
		fmt.Printf("created %s\n", webhook.Name)
	}
	return webhook, err
}

func emit(ctx context.Context, events hookdv1.EventServiceClient, event *hookdv1.Event) error {
	ctx, cancel := context.WithTimeout(ctx, callDeadline)
	defer cancel()
	response, err := events.EmitEvent(ctx, &hookdv1.EmitEventRequest{
		Parent: project, Event: event, RequestId: uuid.NewString(),
	})
	if err != nil {
		return err
	}
	fmt.Printf("emitted %s, to %d webhook\n", response.Event, response.WebhookCount)
	return nil
}

// stream emits many events in one call. Responses arrive in message order, while messages are still being sent.
func stream(ctx context.Context, events hookdv1.EventServiceClient) error {
	ctx, cancel := context.WithTimeout(ctx, workDeadline)
	defer cancel()
	call, err := events.StreamEvents(ctx)
	if err != nil {
		return err
	}
	go func() {
		for number := range int64(streamed) {
			// Send only returns io.EOF; Recv below returns the actual error.
			if call.Send(&hookdv1.StreamEventsRequest{
				Parent: project, SequenceNumber: number, Event: openedEvent(), RequestId: uuid.NewString(),
			}) != nil {
				return
			}
		}
		call.CloseSend()
	}()
	for number := int64(0); ; number++ {
		response, err := call.Recv()
		if errors.Is(err, io.EOF) && number == streamed {
			fmt.Printf("streamed %d events, all of them acknowledged\n", number)
			return nil
		}
		if err != nil {
			return fmt.Errorf("after %d acknowledgements: %w", number, err)
		}
		if refusal := response.GetError(); refusal != nil {
			return status.FromProto(refusal).Err()
		}
		if response.SequenceNumber != number {
			return fmt.Errorf("acknowledgement %d instead of %d", response.SequenceNumber, number)
		}
	}
}

// watch waits until count deliveries of the webhook have arrived, including those from before the call.
func watch(ctx context.Context, deliveries hookdv1.DeliveryServiceClient, webhook *hookdv1.Webhook, count int) error {
	ctx, cancel := context.WithTimeout(ctx, workDeadline)
	defer cancel()
	call, err := deliveries.WatchDeliveries(ctx, &hookdv1.WatchDeliveriesRequest{
		Parent:    project,
		Filter:    fmt.Sprintf("webhook = %q", webhook.Name),
		StartTime: webhook.CreateTime,
	})
	if err != nil {
		return err
	}
	arrived := map[string]bool{}
	for len(arrived) < count {
		response, err := call.Recv()
		if err != nil {
			return fmt.Errorf("%d of %d arrived: %w", len(arrived), count, err)
		}
		delivery := response.Delivery
		if delivery.State != hookdv1.DeliveryState_DELIVERY_STATE_DELIVERED {
			return fmt.Errorf("%s: %s: %s", delivery.Name, delivery.State, delivery.Error)
		}
		arrived[delivery.Name] = true
	}
	fmt.Printf("delivered %d of %d\n", len(arrived), count)
	return nil
}
