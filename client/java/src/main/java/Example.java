import com.google.gson.Gson;
import com.google.rpc.BadRequest;
import dev.hookd.v1.CreateWebhookRequest;
import dev.hookd.v1.DeleteWebhookRequest;
import dev.hookd.v1.Delivery;
import dev.hookd.v1.DeliveryServiceGrpc;
import dev.hookd.v1.DeliveryState;
import dev.hookd.v1.EmitEventRequest;
import dev.hookd.v1.EmitEventResponse;
import dev.hookd.v1.Event;
import dev.hookd.v1.EventServiceGrpc;
import dev.hookd.v1.EventType;
import dev.hookd.v1.StreamEventsRequest;
import dev.hookd.v1.StreamEventsResponse;
import dev.hookd.v1.WatchDeliveriesRequest;
import dev.hookd.v1.WatchDeliveriesResponse;
import dev.hookd.v1.Webhook;
import dev.hookd.v1.WebhookServiceGrpc;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Calls hookd: creates a webhook, emits single events and a stream of events, and waits for all deliveries.
 *
 * <pre>mvn -q compile exec:java -Dexec.mainClass=Example -Dexec.args="localhost:50051 http://127.0.0.1:8080/"</pre>
 */
public final class Example {
  private static final String PROJECT = "projects/example-java";
  private static final int CALL_DEADLINE = 10; // seconds, for unary calls
  private static final int WORK_DEADLINE = 60; // seconds, for streams
  private static final int STREAMED = 1000;
  // The retry policy for calls while hookd is UNAVAILABLE.
  private static final Path SERVICE_CONFIG = Path.of("../../protos/hookd/v1/service_config.json");

  private final ManagedChannel channel;

  private Example(ManagedChannel channel) {
    this.channel = channel;
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 2) {
      throw new IllegalArgumentException("usage: Example HOOKD_ADDRESS RECEIVER_URL");
    }
    @SuppressWarnings("unchecked")
    Map<String, ?> serviceConfig = new Gson().fromJson(Files.readString(SERVICE_CONFIG), Map.class);
    ManagedChannel channel =
        ManagedChannelBuilder.forTarget(arguments[0]).usePlaintext().defaultServiceConfig(serviceConfig).build();
    try {
      new Example(channel).run(arguments[1]);
    } finally {
      channel.shutdown().awaitTermination(CALL_DEADLINE, TimeUnit.SECONDS);
    }
  }

  private void run(String url) throws Exception {
    createBadWebhook();
    Webhook webhook = createWebhook(url);
    List<Event> samples = Events.samples();
    samples.forEach(this::emit);
    stream();
    watch(webhook, samples.size() + STREAMED);
    webhooks().deleteWebhook(DeleteWebhookRequest.newBuilder().setName(webhook.getName()).build());
  }

  // A deadline starts when it is set, so each call needs a new stub.
  private WebhookServiceGrpc.WebhookServiceBlockingStub webhooks() {
    return WebhookServiceGrpc.newBlockingStub(channel).withDeadlineAfter(CALL_DEADLINE, TimeUnit.SECONDS);
  }

  /** Sends an invalid request, and prints every field violation. */
  private void createBadWebhook() throws Exception {
    Webhook webhook = Webhook.newBuilder().setUrl("ftp://example.com/").build();
    try {
      webhooks().createWebhook(CreateWebhookRequest.newBuilder().setParent(PROJECT).setWebhook(webhook).build());
    } catch (StatusRuntimeException error) {
      for (var detail : StatusProto.fromThrowable(error).getDetailsList()) {
        if (!detail.is(BadRequest.class)) continue;
        for (var violation : detail.unpack(BadRequest.class).getFieldViolationsList()) {
          System.out.printf("refused: %s: %s%n", violation.getField(), violation.getDescription());
        }
        return;
      }
      throw error;
    }
    throw new IllegalStateException("a bad webhook was created");
  }

  private Webhook createWebhook(String url) {
    Webhook.Builder webhook = Webhook.newBuilder().setUrl(url);
    Arrays.stream(EventType.values())
        .filter(type -> type != EventType.EVENT_TYPE_UNSPECIFIED && type != EventType.UNRECOGNIZED)
        .forEach(webhook::addEventTypes);
    // The receiver's secret. If it is empty, hookd generates one and returns it in the response.
    webhook.setSigningSecret(System.getenv().getOrDefault("WEBHOOK_SECRET", ""));
    Webhook created =
        webhooks()
            .createWebhook(
                CreateWebhookRequest.newBuilder()
                    .setParent(PROJECT)
                    .setWebhook(webhook)
                    .setRequestId(UUID.randomUUID().toString()) // makes the call safe to retry
                    .build());
    System.out.printf("created %s%n", created.getName());
    return created;
  }

  private void emit(Event event) {
    EmitEventResponse response =
        EventServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(CALL_DEADLINE, TimeUnit.SECONDS)
            .emitEvent(
                EmitEventRequest.newBuilder()
                    .setParent(PROJECT)
                    .setEvent(event)
                    .setRequestId(UUID.randomUUID().toString())
                    .build());
    System.out.printf("emitted %s, to %d webhook%n", response.getEvent(), response.getWebhookCount());
  }

  /** Emits many events in one call. Responses arrive in message order, while messages are still being sent. */
  private void stream() throws Exception {
    CompletableFuture<Long> acknowledged = new CompletableFuture<>();
    StreamObserver<StreamEventsRequest> messages =
        EventServiceGrpc.newStub(channel)
            .withDeadlineAfter(WORK_DEADLINE, TimeUnit.SECONDS)
            .streamEvents(
                new StreamObserver<>() {
                  private long count = 0;

                  @Override
                  public void onNext(StreamEventsResponse response) {
                    if (response.hasError()) {
                      throw StatusProto.toStatusRuntimeException(response.getError());
                    }
                    if (response.getSequenceNumber() != count++) {
                      throw new IllegalStateException("acknowledgement of " + response.getSequenceNumber());
                    }
                  }

                  @Override
                  public void onError(Throwable error) { // includes exceptions of onNext, as the cause
                    acknowledged.completeExceptionally(error);
                  }

                  @Override
                  public void onCompleted() {
                    acknowledged.complete(count);
                  }
                });
    for (long number = 0; number < STREAMED; number++) {
      messages.onNext(
          StreamEventsRequest.newBuilder()
              .setParent(PROJECT)
              .setSequenceNumber(number)
              .setEvent(Events.opened())
              .setRequestId(UUID.randomUUID().toString())
              .build());
    }
    messages.onCompleted();
    if (acknowledged.get() != STREAMED) {
      throw new IllegalStateException("only " + acknowledged.get() + " acknowledgements");
    }
    System.out.printf("streamed %d events, all of them acknowledged%n", STREAMED);
  }

  /** Waits until `count` deliveries have arrived, including those from before the call. */
  private void watch(Webhook webhook, int count) {
    // Ends the call at the end of the block.
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      context.run(
          () -> {
            Iterator<WatchDeliveriesResponse> outcomes =
                DeliveryServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(WORK_DEADLINE, TimeUnit.SECONDS)
                    .watchDeliveries(
                        WatchDeliveriesRequest.newBuilder()
                            .setParent(PROJECT)
                            .setFilter("webhook = \"" + webhook.getName() + "\"")
                            .setStartTime(webhook.getCreateTime())
                            .build());
            Set<String> arrived = new HashSet<>();
            while (arrived.size() < count) {
              Delivery delivery = outcomes.next().getDelivery();
              if (delivery.getState() != DeliveryState.DELIVERY_STATE_DELIVERED) {
                throw new IllegalStateException(delivery.getName() + ": " + delivery.getError());
              }
              arrived.add(delivery.getName());
            }
            System.out.printf("delivered %d of %d%n", arrived.size(), count);
          });
    }
  }
}
