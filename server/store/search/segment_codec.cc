#include "store/search/segment_codec.h"

#include <algorithm>
#include <cassert>

#include "base/sip_hash.h"

namespace hookd::search {
namespace {

constexpr size_t kChecksumBytes = 4;
constexpr size_t kMaxVarintBytes = 10;

void PutVarint(uint64_t number, std::string& bytes) {
  while (number >= 0x80) {
    bytes.push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  bytes.push_back(static_cast<char>(number));
}

// Removes a number from the front of `bytes`. False if there is none.
bool TakeVarint(absl::string_view& bytes, uint64_t& number) {
  number = 0;
  for (size_t i = 0; i < std::min(bytes.size(), kMaxVarintBytes); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    number |= uint64_t{byte & 0x7fU} << (7 * i);
    if (byte >= 0x80) continue;
    bytes.remove_prefix(i + 1);
    return true;
  }
  return false;
}

// Against damage by disks and hands, not against attackers: the key is known.
uint64_t Checksum(absl::string_view content) { return SipHash({}, 0, content) & 0xffffffff; }

// A block in the making.
class Block {
 public:
  Block() : bytes_(kChecksumBytes, '\0') {}

  bool empty() const { return bytes_.size() == kChecksumBytes; }
  size_t size() const { return bytes_.size(); }
  void Put(uint64_t number) { PutVarint(number, bytes_); }
  // Puts the difference from the number before, which was put in the same way.
  void PutSorted(uint64_t number) {
    Put(number - last_);
    last_ = number;
  }

  std::string Finish() && {
    const uint64_t sum = Checksum(absl::string_view(bytes_).substr(kChecksumBytes));
    for (size_t i = 0; i < kChecksumBytes; ++i) bytes_[i] = static_cast<char>(sum >> (8 * i));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
  uint64_t last_ = 0;
};

// The content of a block; nothing if it is damaged.
std::optional<absl::string_view> Content(absl::string_view block) {
  if (block.size() < kChecksumBytes) return std::nullopt;
  const absl::string_view content = block.substr(kChecksumBytes);
  uint64_t sum = 0;
  for (size_t i = 0; i < kChecksumBytes; ++i) {
    sum |= uint64_t{static_cast<unsigned char>(block[i])} << (8 * i);
  }
  return Checksum(content) == sum ? std::optional(content) : std::nullopt;
}

void PutAllSorted(const std::vector<uint64_t>& numbers, Block& block) {
  block.Put(numbers.size());
  uint64_t last = 0;
  for (const uint64_t number : numbers) {
    block.Put(number - last);
    last = number;
  }
}

bool TakeAllSorted(absl::string_view& bytes, std::vector<uint64_t>& numbers) {
  uint64_t count = 0;
  if (!TakeVarint(bytes, count) || count > bytes.size()) return false;
  numbers.reserve(count);
  uint64_t last = 0;
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t step = 0;
    if (!TakeVarint(bytes, step)) return false;
    numbers.push_back(last += step);
  }
  return true;
}

}  // namespace

std::vector<std::string> EncodeSegment(const std::vector<uint64_t>& keys,
                                       const std::vector<uint64_t>& entries) {
  assert(keys.size() <= static_cast<size_t>(kMaxSegmentEvents));
  assert(std::is_sorted(keys.begin(), keys.end()) && std::is_sorted(entries.begin(), entries.end()));
  Directory directory;
  std::vector<std::string> blocks(1);
  for (size_t i = 0; i < keys.size(); i += kKeysInBlock) {
    Block block;
    directory.first_keys.push_back(keys[i]);
    for (size_t k = i; k < std::min(keys.size(), i + kKeysInBlock); ++k) block.PutSorted(keys[k]);
    blocks.push_back(std::move(block).Finish());
  }
  Block block;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0 && entries[i] == entries[i - 1]) continue;
    if (block.size() + kMaxVarintBytes > kBlockBytes) {
      blocks.push_back(std::move(block).Finish());
      block = Block();
    }
    if (block.empty()) directory.first_entries.push_back(entries[i]);
    block.PutSorted(entries[i]);
  }
  if (!block.empty()) blocks.push_back(std::move(block).Finish());
  Block first;
  PutAllSorted(directory.first_keys, first);
  PutAllSorted(directory.first_entries, first);
  blocks[0] = std::move(first).Finish();
  return blocks;
}

std::optional<Directory> DecodeDirectory(absl::string_view block) {
  auto content = Content(block);
  Directory directory;
  if (!content.has_value() || !TakeAllSorted(*content, directory.first_keys) ||
      !TakeAllSorted(*content, directory.first_entries) || !content->empty()) {
    return std::nullopt;
  }
  return directory;
}

bool DecodeNumbers(absl::string_view block, std::vector<uint64_t>& numbers) {
  auto content = Content(block);
  if (!content.has_value() || content->empty()) return false;
  uint64_t last = 0;
  while (!content->empty()) {
    uint64_t step = 0;
    if (!TakeVarint(*content, step)) return false;
    numbers.push_back(last += step);
  }
  return true;
}

}  // namespace hookd::search
