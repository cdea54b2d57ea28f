// The handler of RapidJSON's parser that sets the fields of a message. For json_reader.cc alone.
//
// Not thread-safe. What it is given must outlive it.
#ifndef HOOKD_WEB_JSON_JSON_HANDLER_H_
#define HOOKD_WEB_JSON_JSON_HANDLER_H_

#include <rapidjson/reader.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "api/validation/field_path.h"
#include "api/validation/field_violations.h"
#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"
#include "web/json/json_scalar.h"
#include "web/json/json_stream.h"
#include "web/json/json_type.h"

namespace hookd {

// After a wrong value, reading goes on with the next one. The methods return false, which ends the parsing,
// only if nothing that follows can be understood.
class JsonHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, JsonHandler> {
 public:
  JsonHandler(const JsonStream& stream, absl::string_view path, google::protobuf::Message& message,
              std::vector<std::string>* present, FieldViolations& violations)
      : stream_(stream), root_(path), message_(message), present_(present), violations_(violations) {}

  // Adds a violation about the value that is being read.
  void Add(absl::string_view description);
  // The number at an offset of the source is larger than any double: adds what its field expects.
  void AddTooLarge(size_t offset);

  bool Null() { return Value({JsonToken::kNull}); }
  bool Bool(bool truth) { return Value({JsonToken::kBool, "", truth}); }
  bool RawNumber(const char*, rapidjson::SizeType size, bool) {
    return Value({JsonToken::kNumber, stream_.source().substr(stream_.Tell() - size, size)});
  }
  bool String(const char*, rapidjson::SizeType, bool) { return Value({JsonToken::kString, stream_.text()}); }
  bool Key(const char*, rapidjson::SizeType, bool);
  bool StartObject() { return Begin({JsonToken::kObject}); }
  bool EndObject(rapidjson::SizeType) { return End(); }
  bool StartArray() { return Begin({JsonToken::kArray}); }
  bool EndArray(rapidjson::SizeType) { return End(); }

 private:
  // An object or array that is being read, and the position in it.
  struct Level {
    enum Kind : uint8_t {
      kMessage,
      kMap,
      kRepeated,
      kStruct,  // free-form
      kList,    // free-form
    };
    Kind kind;
    bool reports;    // to present_, what is set in it
    int index = -1;  // of the element or field; of a map and free-form objects, 0 once there is a key
    // That of the object; of a map or repeated field, the one that has it.
    google::protobuf::Message* message;
    const JsonField* field = nullptr;  // the map or repeated field; of a message, the current one, if known
    // Of a message.
    const JsonType* type = nullptr;
    size_t seen = 0;  // where its part of seen_ begins
    // Of a map and free-form objects.
    std::string key = {};
    std::unique_ptr<absl::flat_hash_set<std::string>> keys = nullptr;
    // Of the current key in the map; of free-form data, the value.
    google::protobuf::Message* entry = nullptr;
  };

  // What the next value sets.
  struct Target {
    google::protobuf::Message* message;
    const JsonField* field;  // null if the value is to be skipped
    bool add;                // as an element of the repeated field
  };

  bool Value(const JsonToken& token);
  bool Begin(const JsonToken& token);
  bool End();
  // Whether one more value may be read.
  bool Count();

  void MemberKey(Level& level, absl::string_view name);
  void SetKey(Level& level, absl::string_view key);
  void MapKey(Level& level, absl::string_view key);
  void StructKey(Level& level, absl::string_view key);

  // Moves to the next element of an array, if the current level is one.
  void Advance(Level& level);
  Target NextTarget(Level& level) const;
  // Whether the value is null and leaves its field unset.
  bool LeavesUnset(Level& level, const Target& target, const JsonToken& token);
  // Enters the object or array that is the target's value. Returns false if its value is something else.
  bool Enter(const Target& target, const JsonToken& token);
  void EnterFreeForm(google::protobuf::Value& value, const JsonToken& token);
  void EnterMessage(google::protobuf::Message& message, const JsonType& type, bool reports);

  // Returns false, with a violation, if another member of the oneof of the level's current field is set.
  bool ClaimOneof(Level& level);
  bool TestAndSet(const Level& level, int bit);
  bool HasSeenNone(const Level& level) const;
  // Reports that the value at the current position is set, if the level reports.
  void Report(const Level& level);

  std::string Path(const FieldPath& path, size_t depth) const;

  const JsonStream& stream_;
  const FieldPath root_;
  google::protobuf::Message& message_;
  std::vector<std::string>* const present_;
  FieldViolations& violations_;
  absl::InlinedVector<Level, 8> levels_;
  // A bit for each field and oneof of the messages in levels_.
  absl::InlinedVector<uint64_t, 16> seen_;
  // The levels of an object or array that is not read into anything. If it is JSON text, the field that has
  // it.
  int skipped_levels_ = 0;
  int values_ = 0;  // read until now, at all levels
  Target json_text_ = {};
  size_t json_text_begin_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_WEB_JSON_JSON_HANDLER_H_
