#include "player/title_prefetcher.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tests/player/small_title.h"
#include "tests/support/nginx_server.h"
#include "tests/support/temporary_directory.h"

namespace rung::player {
namespace {

using namespace std::chrono_literals;

using media::TrackKind;
using session::Event;

/// A title on a server, fetched as a session would ask for it.
class TitlePrefetcherTest : public testing::Test {
 protected:
  TitlePrefetcherTest() {
    server_.write_file("title.mpd", small_mpd);
    server_.write_file("low/init.mp4", "init");
    server_.write_file("low/1.m4s", "first segment");
  }
  Event end() {
    ended_.reset();
    loop_.run_until(loop_.now() + std::chrono::seconds(10), [this] { return ended_.has_value(); });
    EXPECT_TRUE(ended_);
    return ended_.value_or(Event{});
  }
  TitlePrefetcher::Tell tell() {
    return [this](const Event& event) { ended_ = event; };
  }
  static session::FetchSegment segment(std::uint64_t transfer, SegmentNumber number) {
    return {.transfer = TransferId(transfer),
            .track = TrackKind::video,
            .segment = number,
            .with_init = true,
            .first_progress = std::chrono::seconds(20),
            .progress_every = std::chrono::seconds(20),
            .purpose = session::Purpose::prefetch};
  }

  test::NginxServer server_;
  EventLoop loop_;
  std::optional<Event> ended_;
};

TEST_F(TitlePrefetcherTest, KeepsTheManifestAndTheSegmentsThatCame) {
  TitlePrefetcher prefetcher(loop_, {}, {}, {{.url = server_.url("/title.mpd")}});
  EXPECT_EQ(prefetcher.tracks(0), nullptr);
  prefetcher.begin(session::FetchManifest{TransferId(1), 0}, tell());
  EXPECT_TRUE(std::holds_alternative<session::TransferCompleted>(end()));
  ASSERT_NE(prefetcher.tracks(0), nullptr);
  prefetcher.begin(segment(2, 0), tell());
  const Event came = end();
  ASSERT_TRUE(std::holds_alternative<session::TransferCompleted>(came));
  EXPECT_EQ(std::get<session::TransferCompleted>(came).size, ByteCount(17));
  prefetcher.begin(segment(3, 1), tell());
  const Event missing = end();
  ASSERT_TRUE(std::holds_alternative<session::TransferFailed>(missing));
  EXPECT_EQ(std::get<session::TransferFailed>(missing).http_status, 404);

  const auto prepared = prefetcher.take(0);
  ASSERT_NE(prepared, nullptr);
  ASSERT_EQ(prepared->held().size(), 1U);
  ASSERT_NE(prepared->find(TrackKind::video, 0, 0), nullptr);
  EXPECT_EQ(prepared->find(TrackKind::video, 0, 0)->bytes.size(), 13U);
  EXPECT_EQ(prepared->find(TrackKind::video, 1, 0), nullptr);
  EXPECT_EQ(prepared->inits.size(), 1U);
  EXPECT_GT(prepared->loaded.documents, ByteCount(100));
}

TEST_F(TitlePrefetcherTest, APageOfAnotherServerIsNoHead) {
  TitlePrefetcher prefetcher(loop_, {}, {}, {{.url = server_.url("/title.mpd")}});
  prefetcher.begin(session::FetchManifest{TransferId(1), 0}, tell());
  ASSERT_TRUE(std::holds_alternative<session::TransferCompleted>(end()));
  for (const auto& [file, right] :
       {std::pair{"low/1.m4s", "first segment"}, std::pair{"low/init.mp4", ""}}) {
    server_.write_file(file, "<html>Sign in to the network");
    prefetcher.begin(segment(2, 0), tell());
    const Event page = end();
    ASSERT_TRUE(std::holds_alternative<session::TransferFailed>(page)) << file;
    EXPECT_EQ(std::get<session::TransferFailed>(page).kind, session::FailureKind::incomplete);
    server_.write_file(file, right);
  }
  EXPECT_TRUE(prefetcher.take(0)->held().empty());
}

TEST_F(TitlePrefetcherTest, WhatWasKeptIsNotFetchedInTheNextRun) {
  const test::TemporaryDirectory folder;
  const std::vector<NextTitle> titles{{.url = server_.url("/title.mpd")}};
  const auto fetch = [&] {
    HeadCache kept(folder.path() / "heads", ByteCount(1'000'000));
    TitlePrefetcher prefetcher(loop_, {}, {}, titles, &kept);
    prefetcher.begin(session::FetchManifest{TransferId(1), 0}, tell());
    EXPECT_TRUE(std::holds_alternative<session::TransferCompleted>(end()));
    prefetcher.begin(segment(2, 0), tell());
    const Event came = end();
    EXPECT_EQ(std::get<session::TransferCompleted>(came).size, ByteCount(17));
    return prefetcher.take(0);
  };
  const auto fetched = fetch();
  const std::size_t requests = server_.accesses(3).size();
  EXPECT_EQ(requests, 3U);
  const auto read = fetch();
  EXPECT_EQ(server_.accesses(4).size(), requests);
  ASSERT_NE(read, nullptr);
  EXPECT_TRUE(read->loaded.from_disk);
  EXPECT_EQ(read->held(), fetched->held());
  EXPECT_EQ(read->inits, fetched->inits);
  EXPECT_EQ(read->find(TrackKind::video, 0, 0)->bytes,
            fetched->find(TrackKind::video, 0, 0)->bytes);

  // The title itself begins with all of it.
  HeadCache kept(folder.path() / "heads", ByteCount(1'000'000));
  auto loaded = fetch_title(titles.front().url, {}, std::stop_token(), &kept);
  ASSERT_TRUE(loaded);
  const auto selection = media::TrackSelection::create(loaded->presentation, {});
  ASSERT_TRUE(selection);
  const auto head = kept_head(kept, titles.front().url, *loaded, *selection, {});
  ASSERT_NE(head, nullptr);
  EXPECT_EQ(head->held(), fetched->held());
  EXPECT_EQ(head->inits, fetched->inits);
  const MediaTime later = selection->tracks().video->start(1);
  EXPECT_EQ(kept_head(kept, titles.front().url, *loaded, *selection, later), nullptr)
      << "nothing was kept of that place";
}

TEST_F(TitlePrefetcherTest, OfATitleThatHasChangedNothingThatWasKeptIsUsed) {
  const test::TemporaryDirectory folder;
  HeadCache kept(folder.path() / "heads", ByteCount(1'000'000));
  const std::string url = server_.url("/title.mpd");
  const TitleDocuments before{.documents = {{{url, {}}, url, "an earlier manifest"}}};
  kept.keep(url, before, {.fresh_for = Duration::zero()});
  kept.keep(url, identity_of(before), {server_.url("/low/1.m4s"), {}}, std::vector<std::byte>(4),
            {});
  TitlePrefetcher prefetcher(loop_, {}, {}, {{.url = url}}, &kept);
  prefetcher.begin(session::FetchManifest{TransferId(1), 0}, tell());
  EXPECT_TRUE(std::holds_alternative<session::TransferCompleted>(end()));
  prefetcher.begin(segment(2, 0), tell());
  const Event came = end();
  EXPECT_EQ(std::get<session::TransferCompleted>(came).size, ByteCount(17));
}

TEST_F(TitlePrefetcherTest, WhatWasCancelledTellsNothingMore) {
  TitlePrefetcher prefetcher(loop_, {}, {}, {{.url = server_.url("/title.mpd")}});
  prefetcher.begin(session::FetchManifest{TransferId(1), 0}, tell());
  prefetcher.cancel(TransferId(1));
  loop_.run_until(loop_.now() + std::chrono::milliseconds(100), [] { return false; });
  EXPECT_FALSE(ended_);
  EXPECT_EQ(prefetcher.tracks(0), nullptr);
  EXPECT_EQ(prefetcher.take(0), nullptr);
  prefetcher.begin(session::FetchManifest{TransferId(2), 0}, tell());
  EXPECT_TRUE(std::holds_alternative<session::TransferCompleted>(end()));
}

TEST(CandidateOf, StaysWhereTheTitleGoesOn) {
  const NextTitle title{.probability = 0.5,
                        .begins = MediaTime(100s),
                        .leaves = [](Duration position, Duration within) {
                          EXPECT_LT(within, 10s);
                          return position == 100s ? 0.75 : 0;
                        }};
  EXPECT_EQ(candidate_of(title).stays, 0.25);
  EXPECT_EQ(candidate_of({.probability = 0.5}).stays, 1) << "nothing is known";
}

}  // namespace
}  // namespace rung::player
