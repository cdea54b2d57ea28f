#include "store/search/segment_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/tuning.h"

namespace hookd::search {
namespace {

absl::Status Damaged(int64_t segment, int number) {
  return absl::DataLossError(absl::StrCat("block ", number, " of search segment ", segment, " is damaged"));
}

// The last block whose first number is at most `number`; the first block if there is none.
size_t FindBlock(const std::vector<uint64_t>& firsts, uint64_t number) {
  const auto after = std::upper_bound(firsts.begin(), firsts.end(), number);
  return after == firsts.begin() ? 0 : static_cast<size_t>(after - firsts.begin()) - 1;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Directory>> DirectoryCache::Get(BlockReads& reads,
                                                                     const std::string& seed,
                                                                     int64_t segment) {
  {
    absl::MutexLock lock(&mutex_);
    if (seed != seed_) {
      seed_ = seed;
      directories_.clear();
      bytes_ = 0;
    }
    if (const auto found = directories_.find(segment); found != directories_.end()) return found->second;
  }
  HOOKD_ASSIGN_OR_RETURN(const std::string block, reads.ReadBlock(segment, 0));
  auto decoded = DecodeDirectory(block);
  if (!decoded.has_value()) return Damaged(segment, 0);
  auto directory = std::make_shared<const Directory>(*std::move(decoded));
  absl::MutexLock lock(&mutex_);
  if (seed != seed_) return directory;  // another thread has seen a newer index
  if (const auto found = directories_.find(segment); found != directories_.end()) return found->second;
  if (bytes_ + directory->bytes() > tuning::kSearchDirectoryBytes) {
    directories_.clear();
    bytes_ = 0;
  }
  bytes_ += directory->bytes();
  return directories_[segment] = std::move(directory);
}

absl::StatusOr<std::vector<uint64_t>> SegmentReader::ReadNumbers(int number) {
  ++*blocks_read_;
  HOOKD_ASSIGN_OR_RETURN(const std::string block, reads_->ReadBlock(segment_.id, number));
  std::vector<uint64_t> numbers;
  if (!DecodeNumbers(block, numbers)) return Damaged(segment_.id, number);
  return numbers;
}

absl::Status SegmentReader::ReadKeys(size_t block) {
  if (keys_block_ == block) return absl::OkStatus();
  keys_block_.reset();
  HOOKD_ASSIGN_OR_RETURN(keys_, ReadNumbers(directory_->KeyBlock(block)));
  keys_block_ = block;
  return absl::OkStatus();
}

absl::StatusOr<int64_t> SegmentReader::KeyOf(int ordinal) {
  const size_t block = static_cast<size_t>(ordinal) / kKeysInBlock;
  const size_t place = static_cast<size_t>(ordinal) % kKeysInBlock;
  if (block >= directory_->first_keys.size()) return Damaged(segment_.id, 0);
  HOOKD_RETURN_IF_ERROR(ReadKeys(block));
  if (place >= keys_.size()) return Damaged(segment_.id, directory_->KeyBlock(block));
  return static_cast<int64_t>(keys_[place]);
}

absl::StatusOr<int> SegmentReader::CountBelow(int64_t key) {
  if (key <= segment_.first_key) return 0;
  if (key > segment_.last_key) {
    // By what has a checksum, which the row with the number of events does not.
    const size_t most = directory_->first_keys.size() * kKeysInBlock;
    return static_cast<int>(std::min(most, static_cast<size_t>(kMaxSegmentEvents)));
  }
  if (directory_->first_keys.empty()) return 0;
  const size_t block = FindBlock(directory_->first_keys, static_cast<uint64_t>(key));
  HOOKD_RETURN_IF_ERROR(ReadKeys(block));
  const auto first = std::lower_bound(keys_.begin(), keys_.end(), static_cast<uint64_t>(key));
  return static_cast<int>(block * kKeysInBlock) + static_cast<int>(first - keys_.begin());
}

absl::Status TermCursor::ReadBlock(size_t block) {
  if (block_ == block) return absl::OkStatus();
  block_.reset();
  HOOKD_ASSIGN_OR_RETURN(numbers_, segment_->ReadNumbers(segment_->directory().EntryBlock(block)));
  block_ = block;
  return absl::OkStatus();
}

absl::StatusOr<int> TermCursor::SeekAtMost(int ordinal) {
  const std::vector<uint64_t>& firsts = segment_->directory().first_entries;
  if (ordinal < 0 || firsts.empty()) return -1;
  const uint64_t wanted = MakeEntry(hash_, ordinal);
  size_t block = FindBlock(firsts, wanted);
  HOOKD_RETURN_IF_ERROR(ReadBlock(block));
  auto found = std::lower_bound(numbers_.begin(), numbers_.end(), wanted);
  if (found == numbers_.end()) {
    if (++block == firsts.size() || HashOf(firsts[block]) != hash_) return -1;
    HOOKD_RETURN_IF_ERROR(ReadBlock(block));
    found = numbers_.begin();
  }
  if (found == numbers_.end() || HashOf(*found) != hash_) return -1;
  return OrdinalOf(*found);
}

}  // namespace hookd::search
