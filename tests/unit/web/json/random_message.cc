#include "tests/unit/web/json/random_message.h"

#include <limits>

#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/rpc/error_details.pb.h"

namespace hookd {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

}  // namespace

int64_t RandomMessage::Number(int64_t min, int64_t max) {
  return std::uniform_int_distribution<int64_t>(min, max)(random_);
}

std::string RandomMessage::Text() {
  static const char* const kParts[] = {
      "a",    "B",    "7", "-", "_", " ", "\"",       "\\",           "/", "\n", "\t",        "\x01",
      "\x1f", "\x7f", "ä", "€", "😀", "<", "\xc2\x80", "\xe2\x80\xa8", "{", "`",  "plain text"};
  std::string text;
  for (int64_t i = Number(0, 12); i > 0; --i) {
    text += kParts[static_cast<size_t>(Number(0, static_cast<int64_t>(std::size(kParts)) - 1))];
  }
  if (Chance(5)) text += '\0';
  return text;
}

double RandomMessage::Double() {
  static const double kSpecial[] = {0.1, 1e21, 1e-7, 1e308, 5e-324, 9007199254740993.0, -2.5, 123456789.0};
  if (Chance(50))
    return kSpecial[static_cast<size_t>(Number(0, static_cast<int64_t>(std::size(kSpecial)) - 1))];
  return std::uniform_real_distribution<double>(-1e6, 1e6)(random_);
}

void RandomMessage::Fill(Message& message, int depth) {
  if (FillWellKnown(message, depth)) return;
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && depth <= 0) continue;
    if (field->message_type() == google::protobuf::Any::descriptor() && !anys_) continue;
    if (!Chance(50)) continue;
    if (field->is_map()) {
      // One entry, so that no key occurs twice.
      Message* entry = message.GetReflection()->AddMessage(&message, field);
      for (int part = 0; part < 2; ++part) FillField(entry->GetDescriptor()->field(part), *entry, depth - 1);
      continue;
    }
    for (int64_t count = field->is_repeated() ? Number(0, 3) : 1; count > 0; --count) {
      FillField(field, message, depth);
    }
  }
}

void RandomMessage::FillField(const FieldDescriptor* field, Message& message, int depth) {
  const auto& reflection = *message.GetReflection();
  const bool add = field->is_repeated();
#define HOOKD_FILL(Type, value)                                                                      \
  add ? reflection.Add##Type(&message, field, value) : reflection.Set##Type(&message, field, value); \
  break
  const bool extreme = Chance(30);
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      HOOKD_FILL(Int32,
                 extreme ? std::numeric_limits<int32_t>::min() : static_cast<int32_t>(Number(-99, 99)));
    case FieldDescriptor::CPPTYPE_INT64:
      HOOKD_FILL(Int64, extreme ? std::numeric_limits<int64_t>::min() : Number(-1'000'000, int64_t{1} << 62));
    case FieldDescriptor::CPPTYPE_UINT32:
      HOOKD_FILL(UInt32,
                 extreme ? std::numeric_limits<uint32_t>::max() : static_cast<uint32_t>(Number(0, 99)));
    case FieldDescriptor::CPPTYPE_UINT64:
      HOOKD_FILL(UInt64,
                 extreme ? std::numeric_limits<uint64_t>::max() : static_cast<uint64_t>(Number(0, 99)));
    case FieldDescriptor::CPPTYPE_FLOAT:
      HOOKD_FILL(Float, extreme ? std::numeric_limits<float>::denorm_min()
                                : static_cast<float>(Number(-99, 99)) / 7);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      HOOKD_FILL(Double, Double());
    case FieldDescriptor::CPPTYPE_BOOL:
      HOOKD_FILL(Bool, Chance(50));
    case FieldDescriptor::CPPTYPE_STRING:
      HOOKD_FILL(String, field->type() == FieldDescriptor::TYPE_BYTES && extreme ? "\xff\xfe\xfb" : Text());
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* type = field->enum_type();
      HOOKD_FILL(Enum, type->value(static_cast<int>(Number(0, type->value_count() - 1))));
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      Fill(add ? *reflection.AddMessage(&message, field) : *reflection.MutableMessage(&message, field),
           depth - 1);
      break;
  }
#undef HOOKD_FILL
}

bool RandomMessage::FillWellKnown(Message& message, int depth) {
  static const int kNanos[] = {0, 120'000'000, 123'456'000, 1};
  const int nanos = kNanos[Number(0, 3)];
  if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(&message)) {
    time->set_seconds(Chance(20) ? 253402300799 : Number(-62135596800, 253402300799));
    time->set_nanos(nanos);
  } else if (auto* duration = dynamic_cast<google::protobuf::Duration*>(&message)) {
    const int sign = Chance(50) ? 1 : -1;
    duration->set_seconds(sign * (Chance(30) ? 0 : Number(0, 315'576'000'000 - 1)));
    duration->set_nanos(sign * nanos);
  } else if (auto* mask = dynamic_cast<google::protobuf::FieldMask*>(&message)) {
    for (int64_t i = Number(0, 3); i > 0; --i)
      mask->add_paths(Chance(50) ? "url" : "retry_policy.max_attempts");
  } else if (auto* value = dynamic_cast<google::protobuf::Value*>(&message)) {
    FillValue(*value, depth);
  } else if (auto* object = dynamic_cast<google::protobuf::Struct*>(&message)) {
    for (int64_t i = Number(0, 3); i > 0; --i) FillValue((*object->mutable_fields())[Text()], depth - 1);
  } else if (auto* list = dynamic_cast<google::protobuf::ListValue*>(&message)) {
    for (int64_t i = Number(0, 3); i > 0; --i) FillValue(*list->add_values(), depth - 1);
  } else if (auto* any = dynamic_cast<google::protobuf::Any*>(&message)) {
    google::rpc::BadRequest detail;
    Fill(detail, 2);
    any->PackFrom(detail);
  } else {
    return false;
  }
  return true;
}

void RandomMessage::FillValue(google::protobuf::Value& value, int depth) {
  switch (Number(0, depth > 0 ? 5 : 3)) {
    case 0:
      return value.set_null_value(google::protobuf::NULL_VALUE);
    case 1:
      return value.set_bool_value(Chance(50));
    case 2:
      return value.set_number_value(Double());
    case 3:
      return value.set_string_value(Text());
    case 4:
      FillWellKnown(*value.mutable_struct_value(), depth - 1);
      return;
    default:
      FillWellKnown(*value.mutable_list_value(), depth - 1);
  }
}

}  // namespace hookd
