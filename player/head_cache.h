#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/time.h"
#include "core/units.h"
#include "media/presentation.h"
#include "player/freshness.h"
#include "player/head_entry.h"

namespace rung::player {

/// What was fetched of titles before they were played, in files of a directory: so that it is there
/// in a later run, also after one that was killed. Each file is one document or segment of a title
/// (player/head_entry.h). A resource; may be used from any thread, and several programs may use one
/// directory.
///
/// Files appear whole or not at all: they are written under a temporary name and renamed, by one
/// program at a time, which holds a lock that goes with the program. Whoever has the lock knows
/// that a temporary file is left over from a program that was killed, and removes it. What a file
/// holds is believed by its checksum only, so nothing is forced to the disk. What cannot be
/// written, for a full disk say, is lost and nothing else.
class HeadCache {
 public:
  /// The files take up to `capacity`; beyond it the titles go that were used least recently. What
  /// was left over is removed.
  HeadCache(std::filesystem::path directory, ByteCount capacity);
  HeadCache(const HeadCache&) = delete;
  HeadCache& operator=(const HeadCache&) = delete;
  /// Writes what was to be kept.
  ~HeadCache();

  /// Written a little later, or dropped where too much waits to be written.
  void keep(const std::string& title, const TitleDocuments& documents, const Freshness& freshness);
  /// A segment of the title with these documents.
  void keep(const std::string& title, std::uint64_t identity, const media::Resource& segment,
            std::span<const std::byte> bytes, const Freshness& freshness);

  /// The documents of a title, where they are fresh. The title was used just now.
  [[nodiscard]] std::optional<TitleDocuments> documents(const std::string& title);
  /// A segment of the title with these documents, where it is there and fresh. A file that is
  /// damaged, of other documents or too old is removed.
  [[nodiscard]] std::optional<std::vector<std::byte>> segment(const std::string& title,
                                                              std::uint64_t identity,
                                                              const media::Resource& segment);

 private:
  [[nodiscard]] std::filesystem::path path_of(const std::string& title,
                                              const std::string& resource) const;
  /// The entry of that name, if it is what it should be.
  [[nodiscard]] std::optional<HeadEntry> read(const std::string& title,
                                              const std::string& resource) const;
  void enqueue(HeadEntry entry);
  void run(const std::stop_token& stop);
  /// False where another program holds the lock for too long.
  bool write(const HeadEntry& entry);
  /// Removes what is left over, and titles until `more` fits below the capacity; `title` goes last.
  /// With the lock.
  void make_room(ByteCount more, const std::string& title) const;

  const std::filesystem::path directory_;
  const ByteCount capacity_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<HeadEntry> waiting_;
  ByteCount waiting_size_;
  std::jthread writer_;  ///< Declared last: it uses all of the above.
};

}  // namespace rung::player
