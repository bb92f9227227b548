#include "player/segment_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <string>
#include <string_view>
#include <thread>

namespace rung::player {
namespace {

using Status = SegmentStore::ReadStatus;
constexpr media::TrackKind video = media::TrackKind::video;
constexpr media::TrackKind audio = media::TrackKind::audio;

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string text(const std::vector<std::byte>& bytes) {
  std::string result;
  for (const std::byte byte : bytes) result.push_back(static_cast<char>(byte));
  return result;
}

class SegmentStoreTest : public testing::Test {
 protected:
  SegmentStore::Read read(media::TrackKind track, SegmentNumber segment, TransferId transfer,
                          std::size_t offset) {
    return store_.read(track, segment, transfer, offset, stop_.get_token());
  }

  SegmentStore store_;
  std::stop_source stop_;
};

TEST_F(SegmentStoreTest, HandsOutBytesInOrderAndThenCompletes) {
  store_.begin(TransferId(1), video, 0, 3);
  store_.append(TransferId(1), bytes("abc"));
  store_.append(TransferId(1), bytes("def"));
  const auto first = read(video, 0, TransferId(), 0);
  EXPECT_EQ(first.status, Status::bytes);
  EXPECT_EQ(text(first.bytes), "abcdef");
  EXPECT_EQ(first.transfer, TransferId(1));
  EXPECT_EQ(first.representation, 3U);
  store_.append(TransferId(1), bytes("ghi"));
  EXPECT_TRUE(store_.complete(TransferId(1)));
  EXPECT_EQ(text(read(video, 0, TransferId(1), 6).bytes), "ghi");
  EXPECT_EQ(read(video, 0, TransferId(1), 9).status, Status::complete);
}

TEST_F(SegmentStoreTest, ReadsLargeSegmentsPieceByPieceWithoutLoss) {
  std::string large(SegmentStore::chunk_size * 2 + 12345, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 >> 3);
  store_.begin(TransferId(1), video, 0, 0);
  for (std::string_view rest = large; !rest.empty();) {
    const std::string_view piece = rest.substr(0, 10'007);
    store_.append(TransferId(1), bytes(piece));
    rest.remove_prefix(piece.size());
  }
  EXPECT_TRUE(store_.complete(TransferId(1)));
  std::string got;
  for (;;) {
    const auto part = read(video, 0, TransferId(1), got.size());
    if (part.status == Status::complete) break;
    ASSERT_EQ(part.status, Status::bytes);
    ASSERT_LE(part.bytes.size(), SegmentStore::chunk_size);
    got += text(part.bytes);
  }
  EXPECT_TRUE(got == large);
}

TEST_F(SegmentStoreTest, TellsTheReaderThatATransferWasDiscarded) {
  store_.begin(TransferId(1), video, 5, 4);
  store_.append(TransferId(1), bytes("high"));
  EXPECT_EQ(text(read(video, 5, TransferId(), 0).bytes), "high");
  store_.discard(TransferId(1));
  EXPECT_EQ(read(video, 5, TransferId(1), 4).status, Status::discarded);
  store_.append(TransferId(1), bytes("late"));
  store_.begin(TransferId(2), video, 5, 0);
  store_.append(TransferId(2), bytes("low"));
  EXPECT_EQ(read(video, 5, TransferId(1), 4).status, Status::discarded);
  const auto again = read(video, 5, TransferId(), 0);
  EXPECT_EQ(text(again.bytes), "low");
  EXPECT_EQ(again.representation, 0U);
  EXPECT_EQ(again.transfer, TransferId(2));
}

TEST_F(SegmentStoreTest, ReplacementWithoutDiscardIsADiscardToo) {
  store_.begin(TransferId(1), video, 5, 4);
  store_.append(TransferId(1), bytes("high"));
  store_.begin(TransferId(2), video, 5, 1);
  EXPECT_EQ(read(video, 5, TransferId(1), 4).status, Status::discarded);
}

TEST_F(SegmentStoreTest, CompleteSegmentsAreNotDiscarded) {
  store_.begin(TransferId(1), video, 0, 0);
  store_.append(TransferId(1), bytes("all"));
  EXPECT_TRUE(store_.complete(TransferId(1)));
  store_.discard(TransferId(1));
  EXPECT_EQ(text(read(video, 0, TransferId(), 0).bytes), "all");
}

TEST_F(SegmentStoreTest, SeekDropsMediaAndSendsTheReaderToTheNewPlace) {
  store_.begin(TransferId(1), video, 0, 0);
  store_.append(TransferId(1), bytes("old"));
  store_.begin(TransferId(2), audio, 0, 0);
  store_.append(TransferId(2), bytes("sound"));
  store_.seek(video, 7);
  EXPECT_EQ(store_.held(), ByteCount(5));
  // Late bytes of the dropped transfer are ignored.
  store_.append(TransferId(1), bytes("late"));
  EXPECT_EQ(store_.held(), ByteCount(5));
  store_.begin(TransferId(3), video, 7, 0);
  store_.append(TransferId(3), bytes("new"));
  // The reader does not know of the seek yet and speaks of the old place.
  store_.release_before(video, 100);
  const auto sought = read(video, 0, TransferId(1), 3);
  EXPECT_EQ(sought.status, Status::sought);
  EXPECT_EQ(sought.segment, 7);
  EXPECT_EQ(text(read(video, 7, TransferId(), 0).bytes), "new");
  EXPECT_EQ(text(read(audio, 0, TransferId(), 0).bytes), "sound");
}

TEST_F(SegmentStoreTest, TwoSeeksAreToldAsTheLastOne) {
  store_.seek(video, 7);
  store_.seek(video, 3);
  EXPECT_EQ(read(video, 0, TransferId(), 0).segment, 3);
  store_.begin(TransferId(1), video, 3, 0);
  store_.append(TransferId(1), bytes("x"));
  EXPECT_EQ(read(video, 3, TransferId(), 0).status, Status::bytes);
}

TEST_F(SegmentStoreTest, KeepsInitSegmentsByPartAndRepresentation) {
  EXPECT_EQ(store_.init(video, 0, 1), nullptr);
  store_.put_init(video, 0, 1, {std::byte{1}, std::byte{2}});
  store_.put_init(video, 1, 1, {std::byte{3}});
  store_.seek(video, 0);
  ASSERT_NE(store_.init(video, 0, 1), nullptr);
  EXPECT_EQ(store_.init(video, 0, 1)->size(), 2U);
  EXPECT_EQ(store_.init(video, 1, 1)->size(), 1U);
  EXPECT_EQ(store_.init(audio, 0, 1), nullptr);
  EXPECT_EQ(store_.held(), ByteCount(3));
}

TEST_F(SegmentStoreTest, ReleasedSegmentsAreFreedAndThePeakIsRemembered) {
  for (std::uint64_t n = 0; n < 3; ++n) {
    store_.begin(TransferId(n + 1), video, static_cast<SegmentNumber>(n), 0);
    store_.append(TransferId(n + 1), bytes("12345"));
    EXPECT_TRUE(store_.complete(TransferId(n + 1)));
  }
  EXPECT_EQ(store_.held(), ByteCount(15));
  store_.release_before(video, 2);
  EXPECT_EQ(store_.held(), ByteCount(5));
  EXPECT_EQ(store_.peak(), ByteCount(15));
}

TEST_F(SegmentStoreTest, KeepsWhatWasPassedAsFarAsTimeAndSizeAllow) {
  for (std::uint64_t n = 0; n < 6; ++n) {
    store_.begin(TransferId(n + 1), video, static_cast<SegmentNumber>(n), 0);
    store_.append(TransferId(n + 1), bytes("12345"));
    EXPECT_TRUE(store_.complete(TransferId(n + 1)));
  }
  store_.keep_behind(video, 0, 0, ByteCount(100));
  store_.release_before(video, 5);
  EXPECT_EQ(store_.first_held(video), 0);
  store_.keep_behind(video, 1, 4, ByteCount(100));
  EXPECT_EQ(store_.first_held(video), 1);
  store_.keep_behind(video, 1, 4, ByteCount(12));
  EXPECT_EQ(store_.first_held(video), 2) << "two segments before the one that plays";
  store_.keep_behind(video, 5, 5, ByteCount(100));
  EXPECT_EQ(store_.held(), ByteCount(5));
  EXPECT_EQ(store_.first_held(audio), std::nullopt);
}

TEST_F(SegmentStoreTest, ASeekInsideKeepsTheMedia) {
  for (std::uint64_t n = 0; n < 3; ++n) {
    store_.begin(TransferId(n + 1), video, static_cast<SegmentNumber>(n), 0);
    store_.append(TransferId(n + 1), bytes("12345"));
    if (n < 2) {
      EXPECT_TRUE(store_.complete(TransferId(n + 1)));
    }
  }
  store_.seek(video, 1, true);
  EXPECT_EQ(store_.held(), ByteCount(15));
  EXPECT_EQ(read(video, 0, TransferId(1), 3).segment, 1);
  EXPECT_EQ(text(read(video, 1, TransferId(), 0).bytes), "12345");
  store_.append(TransferId(3), bytes("678"));
  EXPECT_TRUE(store_.complete(TransferId(3)));
  EXPECT_EQ(text(read(video, 2, TransferId(3), 5).bytes), "678") << "its transfer went on";
}

TEST_F(SegmentStoreTest, ForgetsATrackThatAnotherOneTakesThePlaceOf) {
  store_.put_init(audio, 0, 0, {std::byte(1), std::byte(2)});
  store_.put_init(video, 0, 0, {std::byte(3)});
  store_.begin(TransferId(1), audio, 4, 0);
  store_.append(TransferId(1), bytes("old"));
  EXPECT_TRUE(store_.complete(TransferId(1)));
  ASSERT_EQ(text(read(audio, 4, TransferId(), 0).bytes), "old");
  store_.forget(audio);
  EXPECT_EQ(store_.held(), ByteCount(1));
  EXPECT_EQ(store_.init(audio, 0, 0), nullptr);
  EXPECT_NE(store_.init(video, 0, 0), nullptr);
  EXPECT_EQ(read(audio, 4, TransferId(1), 3).status, Status::discarded);
  store_.seek(audio, 8, true);
  EXPECT_EQ(read(audio, 4, TransferId(), 0).status, Status::sought);
  store_.begin(TransferId(2), audio, 8, 0);
  store_.append(TransferId(2), bytes("new"));
  EXPECT_EQ(text(read(audio, 8, TransferId(), 0).bytes), "new");
}

TEST_F(SegmentStoreTest, CloseLetsTheReaderFinishWhatIsThere) {
  store_.begin(TransferId(1), video, 0, 0);
  store_.append(TransferId(1), bytes("end"));
  EXPECT_TRUE(store_.complete(TransferId(1)));
  store_.close();
  EXPECT_EQ(text(read(video, 0, TransferId(), 0).bytes), "end");
  EXPECT_EQ(read(video, 0, TransferId(1), 3).status, Status::complete);
  EXPECT_EQ(read(video, 1, TransferId(), 0).status, Status::closed);
}

TEST_F(SegmentStoreTest, StopWakesAWaitingReader) {
  Status status = Status::bytes;
  {
    std::jthread reader([&] { status = read(video, 0, TransferId(), 0).status; });
    stop_.request_stop();
  }
  EXPECT_EQ(status, Status::stopped);
}

TEST_F(SegmentStoreTest, ABetterCopyCountsOnceItIsWholeAndTheOldOneUntilThen) {
  store_.begin(TransferId(1), video, 5, 0);
  store_.append(TransferId(1), bytes("low"));
  EXPECT_TRUE(store_.complete(TransferId(1)));
  store_.begin(TransferId(2), video, 5, 4);
  store_.append(TransferId(2), bytes("high"));
  EXPECT_EQ(store_.held().bytes(), 7);
  store_.discard(TransferId(2));
  EXPECT_EQ(store_.held().bytes(), 3);
  store_.begin(TransferId(3), video, 5, 4);
  store_.append(TransferId(3), bytes("higher"));
  EXPECT_TRUE(store_.complete(TransferId(3)));
  EXPECT_EQ(store_.held().bytes(), 6);
  const auto read_now = read(video, 5, TransferId(), 0);
  EXPECT_EQ(text(read_now.bytes), "higher");
  EXPECT_EQ(read_now.representation, 4U);
}

TEST_F(SegmentStoreTest, ABetterCopyOfASegmentThatTheReaderHasBegunWithIsDropped) {
  store_.begin(TransferId(1), video, 5, 0);
  store_.append(TransferId(1), bytes("low"));
  EXPECT_TRUE(store_.complete(TransferId(1)));
  store_.begin(TransferId(2), video, 5, 4);
  store_.append(TransferId(2), bytes("high"));
  EXPECT_EQ(text(read(video, 5, TransferId(), 0).bytes), "low");
  EXPECT_FALSE(store_.complete(TransferId(2)));
  EXPECT_EQ(store_.held().bytes(), 3);
  EXPECT_EQ(read(video, 5, TransferId(1), 3).status, Status::complete);
}

TEST_F(SegmentStoreTest, ASeekDropsABetterCopyWithTheMediaAndKeepsItWithThat) {
  store_.begin(TransferId(1), video, 5, 0);
  store_.append(TransferId(1), bytes("low"));
  EXPECT_TRUE(store_.complete(TransferId(1)));
  EXPECT_EQ(text(read(video, 5, TransferId(), 0).bytes), "low");
  store_.begin(TransferId(2), video, 5, 4);
  store_.append(TransferId(2), bytes("high"));
  store_.seek(video, 5, true);
  EXPECT_TRUE(store_.complete(TransferId(2))) << "the reader begins with it anew";
  EXPECT_EQ(read(video, 5, TransferId(1), 3).status, Status::sought);
  EXPECT_EQ(text(read(video, 5, TransferId(), 0).bytes), "high");
  store_.begin(TransferId(3), video, 5, 5);
  store_.append(TransferId(3), bytes("higher"));
  store_.seek(video, 9);
  EXPECT_EQ(store_.held(), ByteCount());
}

TEST_F(SegmentStoreTest, AReaderThreadSeesEveryByteOfAWriterThread) {
  constexpr SegmentNumber segments = 50;
  constexpr std::size_t segment_size = 100'000;
  std::size_t got = 0;
  int discards = 0;
  {
    std::jthread reader([&] {
      SegmentNumber segment = 0;
      TransferId transfer;
      std::size_t offset = 0;
      for (;;) {
        const auto part = read(video, segment, transfer, offset);
        transfer = part.transfer;
        switch (part.status) {
          case Status::bytes:
            offset += part.bytes.size();
            break;
          case Status::complete:
            got += offset;
            offset = 0;
            ++segment;
            store_.release_before(video, segment);
            break;
          case Status::discarded:
            ++discards;
            offset = 0;
            break;
          default:
            return;
        }
      }
    });
    const std::string piece(1000, 'x');
    std::uint64_t id = 0;
    for (SegmentNumber n = 0; n < segments; ++n) {
      store_.begin(TransferId(++id), video, n, 0);
      if (n % 7 == 3) {
        for (int i = 0; i < 20; ++i) store_.append(TransferId(id), bytes(piece));
        store_.discard(TransferId(id));
        store_.begin(TransferId(++id), video, n, 0);
      }
      for (std::size_t i = 0; i < segment_size / piece.size(); ++i)
        store_.append(TransferId(id), bytes(piece));
      EXPECT_TRUE(store_.complete(TransferId(id)));
    }
    store_.close();
  }
  EXPECT_EQ(got, static_cast<std::size_t>(segments) * segment_size);
  EXPECT_LE(discards, 7);
}

}  // namespace
}  // namespace rung::player
