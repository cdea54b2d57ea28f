#include "api/conversion/event_content.h"

#include <bitset>
#include <string>

namespace hookd {
namespace {

using Take = absl::FunctionRef<void(ContentField field, bool is_number, absl::string_view value)>;

void ReadId(ContentField field, const v1::Id& id, Take take) {
  if (id.kind_case() == v1::Id::kNumber) take(field, true, std::to_string(id.number()));
  if (id.kind_case() == v1::Id::kText) take(field, false, id.text());
}

// A User, or the Profile of UserCreated.
template <typename User>
void ReadUser(const User& user, Take take) {
  ReadId(ContentField::kUserId, user.id(), take);
  if (user.has_email()) take(ContentField::kUserEmail, false, user.email());
}

void ReadCampaign(const v1::Campaign& campaign, Take take) {
  ReadId(ContentField::kCampaignId, campaign.id(), take);
  if (campaign.has_name()) take(ContentField::kCampaignName, false, campaign.name());
}

void ReadCampaign(const v1::UnsubscribedCampaign& campaign, Take take) {
  if (campaign.has_campaign_title()) take(ContentField::kCampaignName, false, campaign.campaign_title());
  if (campaign.has_message_id()) take(ContentField::kMessageId, false, campaign.message_id());
}

// The message of a type.
template <typename Type>
void ReadType(const Type& type, Take take) {
  ReadUser(type.user(), take);
  if constexpr (requires { type.campaign(); }) ReadCampaign(type.campaign(), take);
  if constexpr (requires { type.has_message_id(); }) {
    if (type.has_message_id()) take(ContentField::kMessageId, false, type.message_id());
  }
  if constexpr (requires { type.has_id(); }) {
    if (type.has_id()) take(ContentField::kUserId, false, type.id());
  }
  if constexpr (requires { type.has_email(); }) {
    if (type.has_email()) take(ContentField::kUserEmail, false, type.email());
  }
}

}  // namespace

void ReadContent(const v1::Event& event, Take take) {
  switch (event.type_case()) {
    case v1::Event::kSent:
      return ReadType(event.sent(), take);
    case v1::Event::kDelivered:
      return ReadType(event.delivered(), take);
    case v1::Event::kOpened:
      return ReadType(event.opened(), take);
    case v1::Event::kClicked:
      return ReadType(event.clicked(), take);
    case v1::Event::kFailed:
      return ReadType(event.failed(), take);
    case v1::Event::kBounced:
      return ReadType(event.bounced(), take);
    case v1::Event::kConverted:
      return ReadType(event.converted(), take);
    case v1::Event::kUnsubscribed:
      return ReadType(event.unsubscribed(), take);
    case v1::Event::kResubscribed:
      return ReadType(event.resubscribed(), take);
    case v1::Event::kComplained:
      return ReadType(event.complained(), take);
    case v1::Event::kUserCreated:
      return ReadType(event.user_created(), take);
    case v1::Event::kUserUpdated:
      return ReadType(event.user_updated(), take);
    case v1::Event::TYPE_NOT_SET:
      return;
  }
}

bool HasContent(const v1::Event& event, const std::vector<ContentKey>& keys) {
  if (keys.empty()) return true;
  std::bitset<32> wanted, found;
  for (const ContentKey& key : keys) wanted.set(static_cast<size_t>(key.field));
  ReadContent(event, [&](ContentField field, bool is_number, absl::string_view value) {
    for (const ContentKey& key : keys) {
      if (key.field == field && key.is_number == is_number && key.value == value) {
        found.set(static_cast<size_t>(field));
      }
    }
  });
  return found == wanted;
}

}  // namespace hookd
