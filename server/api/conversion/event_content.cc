#include "api/conversion/event_content.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "hookd/v1/event.pb.h"

namespace hookd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

// What to read of a message: its fields that are values or contain some.
struct Node {
  struct Step {
    int field = 0;
    ContentField value = ContentField::kUserId;  // of a string, or of an Id
    std::unique_ptr<const Node> inside;          // of another message; null for a value
    bool is_id = false;
  };
  std::vector<Step> steps;
};

// A field by its name in a message, and what it is.
struct Named {
  const char* name;
  ContentField value;
};

void AddValues(const Descriptor& message, const std::vector<Named>& values, Node& node) {
  for (const Named& named : values) {
    const FieldDescriptor* field = message.FindFieldByName(named.name);
    if (field == nullptr) continue;
    node.steps.push_back(
        {.field = field->number(), .value = named.value, .is_id = field->message_type() != nullptr});
  }
}

void AddMessage(const Descriptor& parent, const char* name, const std::vector<Named>& values, Node& node) {
  const FieldDescriptor* field = parent.FindFieldByName(name);
  if (field == nullptr || field->message_type() == nullptr) return;
  auto inside = std::make_unique<Node>();
  AddValues(*field->message_type(), values, *inside);
  node.steps.push_back({.field = field->number(), .inside = std::move(inside)});
}

// From the descriptors, so that a new type of event needs no line here.
Node EventNode() {
  const std::vector<Named> user = {{"id", ContentField::kUserId}, {"email", ContentField::kUserEmail}};
  const std::vector<Named> campaign = {{"id", ContentField::kCampaignId},
                                       {"name", ContentField::kCampaignName},
                                       {"campaign_title", ContentField::kCampaignName},
                                       {"message_id", ContentField::kMessageId}};
  Node event;
  const auto* types = v1::Event::descriptor()->FindOneofByName("type");
  for (int i = 0; i < types->field_count(); ++i) {
    const Descriptor& type = *types->field(i)->message_type();
    auto node = std::make_unique<Node>();
    AddMessage(type, "user", user, *node);
    AddMessage(type, "campaign", campaign, *node);
    AddValues(type, {{"message_id", ContentField::kMessageId}}, *node);
    // user_updated has the user's id and address again.
    AddValues(type, user, *node);
    event.steps.push_back({.field = types->field(i)->number(), .inside = std::move(node)});
  }
  return event;
}

// Calls `number` for each integer field and `text` for each string or message. Stops where the bytes are not
// a message.
template <typename OnNumber, typename OnText>
void ForEachField(absl::string_view bytes, OnNumber number, OnText text) {
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()),
                                               static_cast<int>(bytes.size()));
  while (const uint32_t tag = input.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    const auto type = WireFormatLite::GetTagWireType(tag);
    if (type == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      uint32_t size = 0;
      if (!input.ReadVarint32(&size)) return;
      const auto begin = static_cast<size_t>(input.CurrentPosition());
      if (size > bytes.size() - begin) return;
      input.Skip(static_cast<int>(size));
      text(field, bytes.substr(begin, size));
    } else if (type == WireFormatLite::WIRETYPE_VARINT) {
      uint64_t value = 0;
      if (!input.ReadVarint64(&value)) return;
      number(field, static_cast<int64_t>(value));
    } else if (!WireFormatLite::SkipField(&input, tag)) {
      return;
    }
  }
}

void ReadId(ContentField field, absl::string_view id, search::ContentSink sink) {
  ForEachField(
      id,
      [&](int number, int64_t value) {
        if (number == v1::Id::kNumberFieldNumber) sink(field, /*is_number=*/true, absl::StrCat(value));
      },
      [&](int number, absl::string_view value) {
        if (number == v1::Id::kTextFieldNumber) sink(field, /*is_number=*/false, value);
      });
}

void ReadMessage(const Node& node, absl::string_view bytes, search::ContentSink sink) {
  ForEachField(
      bytes, [](int, int64_t) {},
      [&](int number, absl::string_view part) {
        for (const Node::Step& step : node.steps) {
          if (step.field != number) continue;
          if (step.inside != nullptr) return ReadMessage(*step.inside, part, sink);
          return step.is_id ? ReadId(step.value, part, sink) : sink(step.value, /*is_number=*/false, part);
        }
      });
}

}  // namespace

void ReadEventContent(absl::string_view event, search::ContentSink sink) {
  static const auto* const node = new Node(EventNode());
  ReadMessage(*node, event, sink);
}

}  // namespace hookd
