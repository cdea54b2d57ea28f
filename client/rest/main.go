// hookd-rest serves hookd's API as HTTP and JSON, by the google.api.http annotations of the protos, for callers without
// gRPC. It has no state: any number of instances can run in front of one hookd. It forwards the Authorization header of a
// caller to hookd, which checks it, and a W3C trace context and a deadline (Grpc-Timeout: 500m).
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	hookd "hookd/v1"
)

// The maximum size of a request to hookd, and of a response.
const maxMessageBytes = 16 << 20

//go:embed hookd.swagger.json
var openAPI []byte

func main() {
	listen := flag.String("listen", "127.0.0.1:8081", "host:port to listen on for HTTP; port 0 selects a free port")
	server := flag.String("hookd", "127.0.0.1:50051", "host:port of hookd")
	ca := flag.String("hookd_tls_ca", "", "PEM file of the CA certificates to trust for hookd; without it, no TLS")
	flag.Parse()
	log.SetFlags(log.LstdFlags | log.LUTC)
	if err := run(*listen, *server, *ca); err != nil {
		log.Fatal(err)
	}
}

// run serves until it receives a signal, and then drains the calls in flight.
func run(listen, server, ca string) error {
	stopping, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	transport := insecure.NewCredentials()
	if ca != "" {
		var err error
		if transport, err = credentials.NewClientTLSFromFile(ca, ""); err != nil {
			return fmt.Errorf("--hookd_tls_ca: %w", err)
		}
	}
	connection, err := grpc.NewClient(server, grpc.WithTransportCredentials(transport),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes)))
	if err != nil {
		return fmt.Errorf("--hookd: %w", err)
	}
	defer connection.Close()
	handler, err := newHandler(connection)
	if err != nil {
		return err
	}

	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	log.Printf("serving on %s for hookd on %s", listener.Addr(), server)
	web := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-stopping.Done():
	}
	// Streams do not end on their own.
	ending, cancel := context.WithTimeout(context.Background(), 25*time.Second)
	defer cancel()
	if err := web.Shutdown(ending); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return web.Close()
}

// newHandler returns a handler for the API over the connection, and for /healthz and /openapi.json.
func newHandler(connection *grpc.ClientConn) (http.Handler, error) {
	mux := runtime.NewServeMux(
		// Unknown fields are rejected, because they are mistakes. Fields that are not set are omitted.
		runtime.WithMarshalerOption(runtime.MIMEWildcard, &runtime.JSONPb{}),
		runtime.SetQueryParameterParser(strictQuery{}),
		runtime.WithIncomingHeaderMatcher(incomingHeader),
		runtime.WithErrorHandler(answerError),
		runtime.WithHealthzEndpoint(grpc_health_v1.NewHealthClient(connection)))
	register := []func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error{
		hookd.RegisterWebhookServiceHandler, hookd.RegisterEventServiceHandler, hookd.RegisterDeliveryServiceHandler,
		hookd.RegisterTokenServiceHandler, hookd.RegisterAdminServiceHandler}
	for _, service := range register {
		if err := service(context.Background(), mux, connection); err != nil {
			return nil, err
		}
	}
	err := mux.HandlePath(http.MethodGet, "/openapi.json",
		func(answer http.ResponseWriter, _ *http.Request, _ map[string]string) {
			answer.Header().Set("Content-Type", "application/json")
			_, _ = answer.Write(openAPI)
		})
	return http.MaxBytesHandler(mux, maxMessageBytes), err
}

// strictQuery rejects parameters that are not fields of the request. The gateway ignores them by default.
type strictQuery struct{ runtime.DefaultQueryParser }

func (parser strictQuery) Parse(request proto.Message, values url.Values, bound *utilities.DoubleArray) error {
	for name := range values {
		if !isField(request.ProtoReflect().Descriptor(), name) {
			return fmt.Errorf("%s: no query parameter of this method has that name", name)
		}
	}
	return parser.DefaultQueryParser.Parse(request, values, bound)
}

// isField returns whether a path (parent, webhook.retryPolicy.max_attempts) is a field of the message.
func isField(message protoreflect.MessageDescriptor, path string) bool {
	for _, name := range strings.Split(path, ".") {
		if message == nil {
			return false
		}
		field := message.Fields().ByName(protoreflect.Name(name))
		if field == nil {
			field = message.Fields().ByJSONName(name)
		}
		if field == nil {
			return false
		}
		message = field.Message()
	}
	return true
}

// incomingHeader returns the name under which a header is forwarded to hookd.
func incomingHeader(name string) (string, bool) {
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Traceparent", "Tracestate":
		return name, true
	}
	return runtime.DefaultHeaderMatcher(name)
}

// answerError responds with a google.rpc.Status as JSON, and adds a Retry-After header for a google.rpc.RetryInfo.
func answerError(ctx context.Context, mux *runtime.ServeMux, marshaler runtime.Marshaler, answer http.ResponseWriter,
	request *http.Request, err error) {
	for _, detail := range status.Convert(err).Details() {
		if retry, ok := detail.(*errdetails.RetryInfo); ok {
			seconds := int64((retry.GetRetryDelay().AsDuration() + time.Second - 1) / time.Second)
			answer.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
		}
	}
	runtime.DefaultHTTPErrorHandler(ctx, mux, marshaler, answer, request, err)
}

