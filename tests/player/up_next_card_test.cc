#include "player/up_next_card.h"

#include <SDL.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <thread>

#include "core/catalogue_limits.h"
#include "media/decode/still_picture.h"
#include "media/package/artwork.h"
#include "player/artwork_loader.h"
#include "player/on_screen_display.h"
#include "player/picture_painter.h"
#include "player/text_painter.h"
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

TEST(UpNextCard, CoversNothingOfTheStatistics) {
  constexpr int width = 1280;
  constexpr int height = 720;
  SDL_Surface* const surface =
      SDL_CreateRGBSurfaceWithFormat(0, width, height, 32, SDL_PIXELFORMAT_ARGB8888);
  ASSERT_NE(surface, nullptr);
  SDL_Renderer* const renderer = SDL_CreateSoftwareRenderer(surface);
  ASSERT_NE(renderer, nullptr);
  auto text = TextPainter::create(*renderer);
  if (!text) GTEST_SKIP() << "no font: " << to_string(text.error());
  OnScreenDisplay display(*std::move(text));
  Page page{.heading = "statistics"};
  for (int row = 0; row < 24; ++row) page.rows.push_back({"what there is", std::string(70, 'x')});
  display.show(page);
  const PicturePainter::Area card = card_area(width, height);
  // The page shades a white picture as far as it reaches.
  const auto is_white = [&](int x, int y) {
    SDL_SetRenderDrawColor(renderer, 255, 255, 255, 255);
    SDL_RenderClear(renderer);
    display.draw(*renderer, width, height, {0, 0, width, height}, SteadyTime{});
    SDL_RenderFlush(renderer);
    const auto* const pixels = static_cast<const std::uint32_t*>(surface->pixels);
    return (pixels[y * surface->pitch / 4 + x] & 0xFFFFFFU) == 0xFFFFFFU;
  };
  const int left = height / 40 + 2;
  EXPECT_FALSE(is_white(left, card.y + 10)) << "without a card it takes what there is";
  display.show_card(UpNextCard{.heading = "Up next in 3 s", .title = "Second", .detail = ""});
  EXPECT_TRUE(is_white(left, card.y + 10));
  EXPECT_FALSE(is_white(left, card.y / 2)) << "it is still there";
  SDL_DestroyRenderer(renderer);
  SDL_FreeSurface(surface);
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
