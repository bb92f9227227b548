#include "player/up_next_card.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <thread>

#include "core/catalogue_limits.h"
#include "media/decode/still_picture.h"
#include "media/package/artwork.h"
#include "player/artwork_loader.h"
#include "player/picture_painter.h"
#include "tests/support/nginx_server.h"

namespace rung::player {
namespace {

using namespace std::chrono_literals;

TEST(UpNextCard, ComesTenSecondsBeforeTheEndAndCountsDown) {
  EXPECT_EQ(card_time(10min), 10s);
  EXPECT_EQ(card_time(12s), 4s);
  const UpNext next{.title = "Second", .detail = "Series  2"};
  const UpNextCard card = card_of(next, 2500ms, 10s);
  EXPECT_EQ(card.heading, "Up next in 3 s");
  EXPECT_EQ(card.title, "Second");
  EXPECT_DOUBLE_EQ(card.share, 0.75);
  EXPECT_EQ(card.artwork, nullptr);
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST(StillPicture, IsMadeJustLargeEnough) {
  const auto file = package::demo_artwork(1, 0.5, {320, 180});
  ASSERT_TRUE(file);
  const auto picture = decode::decode_still_picture(bytes_of(*file), 160, 90);
  ASSERT_TRUE(picture) << to_string(picture.error());
  EXPECT_EQ(picture->width, 160);
  EXPECT_EQ(picture->height, 90);
  EXPECT_EQ(picture->rgba.size(), 4U * 160 * 90);
}

TEST(StillPicture, RefusesWhatIsNone) {
  const auto code = [](const std::string& file) {
    return decode::decode_still_picture(bytes_of(file), 16, 16).error().code;
  };
  EXPECT_EQ(code("<svg/>"), ErrorCode::unsupported);
  EXPECT_EQ(code(""), ErrorCode::unsupported);
  EXPECT_EQ(code("\x89PNG\r\n\x1a\n then nothing"), ErrorCode::decode);
  EXPECT_EQ(code(std::string(static_cast<std::size_t>(limits::artwork_size.bytes()) + 1, '\xff')),
            ErrorCode::limit_exceeded);
}

TEST(ArtworkLoader, GivesThePictureOnceItIsThere) {
  test::NginxServer server;
  server.write_file("a.jpg", *package::demo_artwork(1, 0.5, {320, 180}));
  ArtworkLoader loader({}, {160, 90});
  const auto wait_for = [&](const std::string& path) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!loader.picture(server.url(path)) && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(5ms);
    return loader.picture(server.url(path));
  };
  EXPECT_EQ(loader.picture(server.url("/none.jpg")), nullptr);
  const auto picture = wait_for("/a.jpg");
  ASSERT_NE(picture, nullptr);
  EXPECT_EQ(picture->width, 160);
  EXPECT_EQ(loader.picture(server.url("/a.jpg")), picture);
}

}  // namespace
}  // namespace rung::player
