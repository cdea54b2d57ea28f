import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.hookd.v1.BounceType;
import dev.hookd.v1.Bounced;
import dev.hookd.v1.Campaign;
import dev.hookd.v1.Clicked;
import dev.hookd.v1.Complained;
import dev.hookd.v1.Converted;
import dev.hookd.v1.Delivered;
import dev.hookd.v1.Event;
import dev.hookd.v1.Failed;
import dev.hookd.v1.Id;
import dev.hookd.v1.Opened;
import dev.hookd.v1.Resubscribed;
import dev.hookd.v1.Sent;
import dev.hookd.v1.TriggerEvent;
import dev.hookd.v1.Unsubscribed;
import dev.hookd.v1.UnsubscribedCampaign;
import dev.hookd.v1.User;
import dev.hookd.v1.UserCreated;
import dev.hookd.v1.UserUpdated;
import java.util.List;

/** One event of each type, as a service would emit them. A field that is not set is omitted from the JSON. */
final class Events {
  private static final long AT = 1435016238;
  private static final String MESSAGE = "1234@mail.example.com";
  private static final User USER =
      User.newBuilder()
          .setId(Id.newBuilder().setNumber(123)) // or setText, for ids that are strings
          .setEmail("steve@example.com")
          .build();
  private static final Campaign CAMPAIGN =
      Campaign.newBuilder()
          .setId(Id.newBuilder().setNumber(987))
          .setName("Order confirmation")
          .setSubject("Your order is being processed!")
          .build();

  private Events() {}

  static Event opened() {
    Opened.Builder opened = Opened.newBuilder().setOpenedAt(AT).setUserAgent("Mozilla/5.0");
    return event().setOpened(opened.setUser(USER).setCampaign(CAMPAIGN).setMessageId(MESSAGE)).build();
  }

  static List<Event> samples() {
    Sent.Builder sent = Sent.newBuilder().setSentAt(AT).setUser(USER).setCampaign(CAMPAIGN).setMessageId(MESSAGE);
    Delivered.Builder delivered = Delivered.newBuilder().setDeliveredAt(AT).setUser(USER).setCampaign(CAMPAIGN);
    Clicked.Builder clicked = Clicked.newBuilder().setClickedAt(AT).setUser(USER).setCampaign(CAMPAIGN);
    Failed.Builder failed = Failed.newBuilder().setBounceCode(521).setUser(USER).setCampaign(CAMPAIGN);
    Bounced.Builder bounced =
        Bounced.newBuilder()
            .setBouncedAt(AT)
            .setBounceType(BounceType.BOUNCE_TYPE_HARD)
            .setBounceCode(550)
            .setBounceMessage("no such user")
            .setUser(USER)
            .setCampaign(CAMPAIGN)
            .setMessageId(MESSAGE);
    Converted.Builder converted = Converted.newBuilder().setUser(USER).setCampaign(CAMPAIGN).setMessageId(MESSAGE);
    Unsubscribed.Builder unsubscribed =
        Unsubscribed.newBuilder()
            .setUnsubscribedAt(AT)
            .setUser(USER)
            .setCampaign(UnsubscribedCampaign.newBuilder().setCampaignTitle("Welcome"));
    TriggerEvent.Builder purchase =
        TriggerEvent.newBuilder()
            .setName("purchased item")
            .setData(freeForm("price", Value.newBuilder().setNumberValue(12.5)))
            .setTriggeredAt(AT);
    Complained.Builder complained =
        Complained.newBuilder().setComplainedAt(AT).setUser(USER).setEvent(purchase).setCampaign(CAMPAIGN);
    UserCreated.Profile.Builder profile =
        UserCreated.Profile.newBuilder()
            .setProperties(freeForm("firstname", Value.newBuilder().setStringValue("Steve")))
            .setId(USER.getId())
            .setEmail(USER.getEmail());
    UserUpdated.Builder updated =
        UserUpdated.newBuilder()
            .setUser(USER)
            .setId("123")
            .setEmail(USER.getEmail())
            .setChanges(freeForm("firstname", Value.newBuilder().setStringValue("Stephen")));
    return List.of(
        event().setSent(sent).build(),
        event().setDelivered(delivered).build(),
        opened(),
        event().setClicked(clicked).build(),
        event().setFailed(failed).build(),
        event().setBounced(bounced).build(),
        event().setConverted(converted).build(),
        event().setUnsubscribed(unsubscribed).build(),
        event().setResubscribed(Resubscribed.newBuilder().setUser(USER)).build(),
        event().setComplained(complained).build(),
        event().setUserCreated(UserCreated.newBuilder().setUser(profile)).build(),
        event().setUserUpdated(updated).build());
  }

  private static Event.Builder event() {
    return Event.newBuilder();
  }

  private static Struct freeForm(String name, Value.Builder value) {
    return Struct.newBuilder().putFields(name, value.build()).build();
  }
}
