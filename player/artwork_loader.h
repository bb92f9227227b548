#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "media/decode/still_picture.h"
#include "player/document_fetcher.h"
#include "player/event_loop.h"
#include "player/http_client.h"

namespace rung::player {

/// Fetches and decodes the pictures of titles in the background, a few at a time. Those that were
/// asked for last come first, at most `most_waiting` wait; at most `most_kept` are kept. One that
/// cannot be had stays missing. A resource; its methods may be called from any thread.
class ArtworkLoader {
 public:
  static constexpr std::size_t most_waiting = 64;
  static constexpr std::size_t most_kept = 192;

  struct Box {
    int width = 0;
    int height = 0;
  };

  /// Pictures are made just large enough to cover `box`. `arrived` is called on another thread
  /// whenever one has come; may be empty.
  ArtworkLoader(HttpClient::Options http, Box box, std::function<void()> arrived = {});
  ArtworkLoader(const ArtworkLoader&) = delete;
  ArtworkLoader& operator=(const ArtworkLoader&) = delete;
  ~ArtworkLoader();

  /// The picture of `url`, null until it is there. Asks for it.
  [[nodiscard]] std::shared_ptr<const decode::StillPicture> picture(const std::string& url);

 private:
  struct Entry {
    enum class State { waiting, fetching, there, missing } state = State::waiting;
    std::shared_ptr<const decode::StillPicture> picture;
    std::list<std::string>::iterator use;  ///< In uses_.
  };

  void run(const std::stop_token& stop);
  void fetch_more(DocumentFetcher& fetcher);
  void came(const std::string& url, const Expected<Document>& document);

  const HttpClient::Options http_;
  const Box box_;
  const std::function<void()> arrived_;
  EventLoop loop_;
  DocumentFetcher* fetcher_ = nullptr;  ///< The thread's own.
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> uses_;     ///< The latest first.
  std::list<std::string> waiting_;  ///< The latest first.
  std::jthread thread_;             ///< Declared last: it uses all of the above.
};

}  // namespace rung::player
