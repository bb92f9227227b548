#include "player/document_fetcher.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "session/failure_rules.h"

namespace rung::player {
namespace {

using session::FailureKind;

bool may_pass(const HttpFailure& failed) {
  return session::prospect_of({.kind = failed.kind, .http_status = failed.status}) ==
         session::Prospect::may_pass;
}

Error to_error(const HttpFailure& failed) {
  switch (failed.kind) {
    case FailureKind::refused:
      return {ErrorCode::refused, failed.message, {}};
    case FailureKind::too_large:
      return {ErrorCode::limit_exceeded, failed.message, {}};
    default:
      return {ErrorCode::network, failed.message, {}};
  }
}

}  // namespace

DocumentFetcher::DocumentFetcher(EventLoop& loop, HttpClient& client, const Options& options)
    : loop_(loop), client_(client), options_(options) {}

DocumentFetcher::~DocumentFetcher() {
  for (const auto& [id, job] : jobs_) {
    client_.cancel(job->exchange);
    loop_.cancel(job->retry);
  }
}

void DocumentFetcher::fetch(const media::Resource& resource, ByteCount limit, Done done,
                            const Special& special) {
  HttpRequest request{.resource = resource, .limit = limit};
  // A range is one of the bytes as they lie on the server.
  request.coding = resource.range ? HttpRequest::Coding::identity : HttpRequest::Coding::gzip;
  request.timeout = special.timeout.value_or(options_.attempt_timeout);
  begin(std::move(request), std::move(done), special);
}

void DocumentFetcher::post(const std::string& url, std::string json, ByteCount limit, Done done) {
  begin({.resource = {url, std::nullopt},
         .limit = limit,
         .coding = HttpRequest::Coding::gzip,
         .cmcd = {},
         .timeout = options_.attempt_timeout,
         .json = std::move(json)},
        std::move(done), {});
}

void DocumentFetcher::begin(HttpRequest request, Done done, const Special& special) {
  last_job_ = last_job_.next();
  auto job = std::make_unique<Job>();
  job->request = std::move(request);
  job->done = std::move(done);
  job->attempts = special.attempts.value_or(options_.attempts);
  job->begun = loop_.now() + special.delay;
  Job& begun = *jobs_.emplace(last_job_, std::move(job)).first->second;
  if (special.delay <= Duration::zero()) return try_again(last_job_);
  begun.retry = loop_.call_at(begun.begun, [this, id = last_job_] { try_again(id); });
}

void DocumentFetcher::try_again(JobId id) {
  Job& job = *jobs_.at(id);
  ++job.attempt;
  job.text.clear();
  job.exchange = client_.start(
      job.request, {{},
                    [&job](std::span<const std::byte> bytes) {
                      job.text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                    },
                    [this, id](const HttpClient::Outcome& outcome) { ended(id, outcome); }});
}

void DocumentFetcher::ended(JobId id, const HttpClient::Outcome& outcome) {
  Job& job = *jobs_.at(id);
  if (!outcome && may_pass(outcome.error()) && job.attempt < job.attempts) {
    Duration wait = session::backoff(job.attempt, options_.backoff, options_.patience);
    if (outcome.error().retry_after) wait = std::max(wait, *outcome.error().retry_after);
    const Timestamp at = loop_.now() + wait;
    if (at <= job.begun + options_.patience) {
      job.retry = loop_.call_at(at, [this, id] { try_again(id); });
      return;
    }
  }
  const auto node = jobs_.extract(id);
  Job& over = *node.mapped();
  if (!outcome) {
    over.done(tl::unexpected<Error>(to_error(outcome.error())));
    return;
  }
  over.done(Document{.text = std::move(over.text),
                     .url = outcome->url,
                     .content_type = outcome->content_type,
                     .address = outcome->address,
                     .date = outcome->date,
                     .age = outcome->age,
                     .freshness = outcome->freshness,
                     .requested = outcome->requested,
                     .completed = outcome->completed});
}

Expected<Document> fetch_text(const std::string& url, ByteCount limit,
                              const HttpClient::Options& options) {
  EventLoop loop;
  HttpClient client(loop, options);
  DocumentFetcher fetcher(loop, client, {});
  std::optional<Expected<Document>> result;
  fetcher.fetch({url, std::nullopt}, limit,
                [&](Expected<Document> document) { result = std::move(document); });
  loop.run_until(Timestamp::max(), [&] { return result.has_value(); });
  return *std::move(result);
}

}  // namespace rung::player
