#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/expected.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/presentation.h"
#include "player/event_loop.h"
#include "player/http_client.h"

namespace rung::player {

/// A document that was fetched whole.
struct Document {
  std::string text;
  std::string url;  ///< After redirects.
  std::string content_type;
  std::string address;  ///< Numeric; where it came from.
  std::string date;     ///< The server's, as it wrote it.
  std::string age;      ///< The same of how long ago that was.
  Freshness freshness;
  Timestamp requested{};
  Timestamp completed{};
};

/// Fetches manifests, playlists and index segments: whole, bounded, again where a later try may
/// help (no connection, a time-out, a body cut short, HTTP 408, 425, 429 and 5xx). Waits between
/// the tries double; a server's Retry-After is obeyed. A resource, used on the loop's thread.
class DocumentFetcher {
 public:
  struct Options {
    int attempts = 5;
    Duration backoff = std::chrono::milliseconds(500);
    Duration attempt_timeout = std::chrono::seconds(10);
    /// No try begins later than this after the first one.
    Duration patience = std::chrono::seconds(18);
  };
  /// What holds for one document in place of the options.
  struct Special {
    std::optional<Duration> timeout = {};  ///< Of a try.
    std::optional<int> attempts = {};
    Duration delay = {};  ///< Before the first try.
  };
  /// Fails with network, refused or limit_exceeded.
  using Done = std::function<void(Expected<Document>)>;

  DocumentFetcher(EventLoop& loop, HttpClient& client, const Options& options);
  DocumentFetcher(const DocumentFetcher&) = delete;
  DocumentFetcher& operator=(const DocumentFetcher&) = delete;
  /// Cancels what runs.
  ~DocumentFetcher();

  /// `done` is called on the loop's thread, never from within fetch() or post().
  void fetch(const media::Resource& resource, ByteCount limit, Done done, const Special& special);
  void fetch(const media::Resource& resource, ByteCount limit, Done done) {
    fetch(resource, limit, std::move(done), {});
  }
  /// The same of what `json` is answered with.
  void post(const std::string& url, std::string json, ByteCount limit, Done done);
  [[nodiscard]] std::size_t running() const { return jobs_.size(); }

 private:
  using JobId = Id<struct JobTag>;
  struct Job {
    HttpRequest request;
    Done done;
    int attempts = 0;  ///< At most.
    int attempt = 0;
    Timestamp begun{};
    std::string text;
    HttpClient::ExchangeId exchange;
    EventLoop::TimerId retry;
  };

  void begin(HttpRequest request, Done done, const Special& special);
  void try_again(JobId id);
  void ended(JobId id, const HttpClient::Outcome& outcome);

  EventLoop& loop_;
  HttpClient& client_;
  Options options_;
  std::map<JobId, std::unique_ptr<Job>> jobs_;
  JobId last_job_;
};

/// Fetches one document with a loop and a client of its own, and waits for it: for programs that
/// want nothing else from the network.
[[nodiscard]] Expected<Document> fetch_text(const std::string& url, ByteCount limit,
                                            const HttpClient::Options& options);

}  // namespace rung::player
