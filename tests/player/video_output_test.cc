#include "player/video_output.h"

#include <SDL.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "player/media_output.h"
#include "player/statistics_page.h"
#include "tests/player/x_server.h"
#include "tests/support/encoded_title.h"

namespace rung::player {
namespace {

using media::TrackKind;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::EncodedTitle;
using test::Screenshot;

/// A picture of one colour.
decode::Picture plain(int width, int height, int y, int u, int v, AVColorSpace matrix,
                      AVColorRange range, AVPixelFormat format = AV_PIX_FMT_YUV420P) {
  decode::FramePtr frame(av_frame_alloc());
  frame->width = width;
  frame->height = height;
  frame->format = format;
  frame->colorspace = matrix;
  frame->color_range = range;
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  const auto rows = static_cast<std::size_t>(height);
  const auto chroma_rows = (rows + 1) / 2;
  std::memset(frame->data[0], y, static_cast<std::size_t>(frame->linesize[0]) * rows);
  if (format == AV_PIX_FMT_NV12) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(frame->linesize[1]) * chroma_rows; ++i)
      frame->data[1][i] = static_cast<std::uint8_t>(i % 2 == 0 ? u : v);
  } else {
    std::memset(frame->data[1], u, static_cast<std::size_t>(frame->linesize[1]) * chroma_rows);
    std::memset(frame->data[2], v, static_cast<std::size_t>(frame->linesize[2]) * chroma_rows);
  }
  return decode::Picture(std::move(frame), MediaTime{}, Duration{});
}

class VideoOutputTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!server_.running()) GTEST_SKIP() << "Xvfb does not start";
  }

  /// Looks again for a while: an X server draws when it likes.
  template <typename Predicate>
  Screenshot shot_when(Predicate predicate) {
    Screenshot shot;
    for (int attempt = 0; attempt < 50; ++attempt) {
      shot = server_.screenshot();
      if (predicate(shot)) break;
      std::this_thread::sleep_for(milliseconds(50));
    }
    return shot;
  }

  test::XServer server_;
};

/// Where RUNG_SCREENSHOTS names a folder, the screen is kept there as PPM for a person to look at.
void keep(const Screenshot& shot, const std::string& name) {
  if (const char* folder = std::getenv("RUNG_SCREENSHOTS"))
    shot.write_ppm(std::string(folder) + "/" + name + ".ppm");
}

void expect_color(const Screenshot& shot, int x, int y, std::array<int, 3> expected) {
  const auto color = shot.at(x, y);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(color[i], expected[i], 8) << "channel " << i << " at " << x << "," << y;
}

TEST_F(VideoOutputTest, ShowsColoursOfEveryMatrixAndRangeRight) {
  auto output = VideoOutput::open("test", WindowSize{800, 600}, false).value();
  const struct {
    const char* name;
    decode::Picture picture;
  } cases[] = {
      // Red, from the equations of ITU-R BT.601 and BT.709.
      {"BT.601 limited", plain(640, 480, 81, 90, 240, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG)},
      {"BT.709 limited", plain(640, 480, 63, 102, 240, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG)},
      {"BT.601 full", plain(640, 480, 76, 85, 255, AVCOL_SPC_BT470BG, AVCOL_RANGE_JPEG)},
      {"BT.709 full", plain(640, 480, 54, 99, 255, AVCOL_SPC_BT709, AVCOL_RANGE_JPEG)},
      {"BT.709 limited, NV12",
       plain(640, 480, 63, 102, 240, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, AV_PIX_FMT_NV12)},
  };
  for (const auto& [name, picture] : cases) {
    SCOPED_TRACE(name);
    // Black in between, so that the picture before cannot be taken for this one.
    ASSERT_TRUE(output->show(plain(640, 480, 16, 128, 128, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG)));
    static_cast<void>(shot_when([](const Screenshot& shot) { return shot.at(400, 300)[0] < 10; }));
    ASSERT_TRUE(output->show(picture));
    expect_color(shot_when([](const Screenshot& shot) { return shot.at(400, 300)[0] > 200; }), 400,
                 300, {255, 0, 0});
  }
}

TEST_F(VideoOutputTest, KeepsTheShapeOfPicturesAndChangesSizeWithoutABreak) {
  auto output = VideoOutput::open("test", WindowSize{800, 600}, false).value();
  const auto white = [](const Screenshot& shot) { return shot.at(400, 300)[0] > 250; };
  for (const auto& [width, height] : {std::pair{320, 180}, std::pair{1280, 720}}) {
    ASSERT_TRUE(
        output->show(plain(width, height, 235, 128, 128, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG)));
    const Screenshot shot = shot_when(white);
    // 800 x 450 of 800 x 600.
    expect_color(shot, 400, 60, {0, 0, 0});
    expect_color(shot, 400, 540, {0, 0, 0});
    expect_color(shot, 5, 300, {255, 255, 255});
    expect_color(shot, 795, 300, {255, 255, 255});
    expect_color(shot, 400, 85, {255, 255, 255});
  }
}

void push_key(SDL_Keycode key, Uint16 modifiers = KMOD_NONE) {
  SDL_Event event{};
  event.type = SDL_KEYDOWN;
  event.key.keysym.sym = key;
  event.key.keysym.mod = modifiers;
  SDL_PushEvent(&event);
}

/// What is asked for until `count` inputs have come, or for a second.
std::vector<ViewerInput> inputs(VideoOutput& output, std::size_t count) {
  std::vector<ViewerInput> all;
  for (int i = 0; i < 20 && all.size() < count; ++i)
    for (const ViewerInput& input : output.wait_for_input(milliseconds(50))) all.push_back(input);
  return all;
}

TEST_F(VideoOutputTest, TellsWhatTheViewerAsksFor) {
  auto output = VideoOutput::open("test", WindowSize{320, 180}, false).value();
  // The full screen and back is the window's own business, and x stands for nothing.
  for (const SDL_Keycode key : {SDLK_SPACE, SDLK_LEFT, SDLK_l, SDLK_f, SDLK_ESCAPE, SDLK_x, SDLK_9,
                                SDLK_m, SDLK_3, SDLK_KP_9})
    push_key(key);
  push_key(SDLK_m, KMOD_LCTRL);  // The desktop's.
  SDL_Event wheel{};
  wheel.type = SDL_MOUSEWHEEL;
  wheel.wheel.y = 2;
  SDL_PushEvent(&wheel);
  push_key(SDLK_q);
  push_key(SDLK_q, KMOD_LSHIFT);
  push_key(SDLK_BACKSPACE);
  push_key(SDLK_r);
  push_key(SDLK_r, KMOD_LSHIFT);
  push_key(SDLK_ESCAPE);
  using enum ViewerAction;
  EXPECT_EQ(inputs(*output, 14), (std::vector<ViewerInput>{{pause},
                                                           {seek_by, -5},
                                                           {seek_by, 10},
                                                           {volume_by, -5},
                                                           {mute},
                                                           {seek_to, 0.3},
                                                           {seek_to, 0.9},
                                                           {volume_by, 10},
                                                           {quit},
                                                           {quit_and_forget},
                                                           {speed_by, 0},
                                                           {rung_by, 1},
                                                           {rung_by, -1},
                                                           {quit}}));
}

TEST_F(VideoOutputTest, ADoubleClickFillsTheScreenAndEscapeLeavesIt) {
  auto output = VideoOutput::open("test", WindowSize{320, 180}, false).value();
  SDL_Event click{};
  click.type = SDL_MOUSEBUTTONDOWN;
  click.button.button = SDL_BUTTON_LEFT;
  click.button.clicks = 1;
  SDL_PushEvent(&click);
  EXPECT_TRUE(inputs(*output, 1).empty());
  EXPECT_FALSE(output->fills_screen());
  click.button.clicks = 2;
  SDL_PushEvent(&click);
  EXPECT_TRUE(inputs(*output, 1).empty());
  EXPECT_TRUE(output->fills_screen());
  push_key(SDLK_ESCAPE);
  EXPECT_TRUE(inputs(*output, 1).empty());
  EXPECT_FALSE(output->fills_screen());
}

TEST_F(VideoOutputTest, AMessageLiesOnThePictureForAWhile) {
  auto output = VideoOutput::open("test", WindowSize{800, 600}, false).value();
  ASSERT_FALSE(output->text_failure());
  ASSERT_TRUE(output->show(plain(640, 480, 126, 128, 128, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG)));
  const auto white_in_corner = [](const Screenshot& shot) {
    int count = 0;
    for (int y = 0; y < 100; ++y)
      for (int x = 0; x < 400; ++x) count += shot.at(x, y)[0] > 240 ? 1 : 0;
    return count;
  };
  output->display().tell("volume 55 %", SteadyClock::now() + seconds(60));
  static_cast<void>(output->wait_for_input(milliseconds(10)));
  const auto written = [&](const Screenshot& shot) { return white_in_corner(shot) > 200; };
  const Screenshot shot = shot_when(written);
  EXPECT_TRUE(written(shot));
  keep(shot, "message");
  output->display().tell("volume 55 %", SteadyClock::now() - seconds(60));
  static_cast<void>(output->wait_for_input(milliseconds(10)));
  const auto clean = [&](const Screenshot& now) { return white_in_corner(now) == 0; };
  EXPECT_TRUE(clean(shot_when(clean)));
}

TEST_F(VideoOutputTest, ASpinnerTellsItsReasonOnlyWhenThePictureStandsStillForLong) {
  auto output = VideoOutput::open("test", WindowSize{800, 600}, false).value();
  const auto white = [](const Screenshot& shot) {
    int count = 0;
    for (int y = 200; y < 400; ++y)
      for (int x = 100; x < 700; ++x) count += shot.at(x, y)[0] > 240 ? 1 : 0;
    return count;
  };
  const SteadyTime now = SteadyClock::now();
  output->display().wait_because("buffer empty: 12 of 340 kB of video", now);
  EXPECT_FALSE(output->display().out_of_date(now + milliseconds(399)));
  EXPECT_TRUE(output->display().out_of_date(now + milliseconds(400)));
  const auto seen = [&](const Screenshot& shot) { return white(shot) > 400; };
  Screenshot shot;
  for (int i = 0; i < 50 && !seen(shot = server_.screenshot()); ++i)
    static_cast<void>(output->wait_for_input(milliseconds(50)));
  EXPECT_TRUE(seen(shot));
  keep(shot, "spinner");
  output->display().wait_no_more();
  static_cast<void>(output->wait_for_input(milliseconds(10)));
  const auto clean = [&](const Screenshot& later) { return white(later) == 0; };
  EXPECT_TRUE(clean(shot_when(clean)));
}

TEST_F(VideoOutputTest, TheBarShowsThePlaceAndTakesClicks) {
  auto output = VideoOutput::open("test", WindowSize{800, 600}, false).value();
  ASSERT_TRUE(output->show(plain(640, 480, 60, 128, 128, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG)));
  output->display().show_timeline(
      {.position = MediaTime(seconds(30)),
       .end = MediaTime(seconds(120)),
       .buffered = {{0.25, 0.5, {230, 60, 60, 255}}, {0.5, 0.6, {60, 230, 60, 255}}}});
  const auto move = [](int x, int y) {
    SDL_Event event{};
    event.type = SDL_MOUSEMOTION;
    event.motion.x = x;
    event.motion.y = y;
    SDL_PushEvent(&event);
  };
  const auto click = [](int x, int y) {
    SDL_Event event{};
    event.type = SDL_MOUSEBUTTONDOWN;
    event.button.button = SDL_BUTTON_LEFT;
    event.button.clicks = 1;
    event.button.x = x;
    event.button.y = y;
    SDL_PushEvent(&event);
  };
  move(400, 579);
  EXPECT_TRUE(inputs(*output, 1).empty());
  // White up to a quarter, red behind it.
  const auto bright = [](const std::array<int, 3>& color) {
    return color[0] > 150 && color[1] > 150 && color[2] > 150;
  };
  const auto with_bar = [&](const Screenshot& shot) { return bright(shot.at(120, 579)); };
  Screenshot shot;
  for (int i = 0; i < 50 && !with_bar(shot = server_.screenshot()); ++i) {
    move(400, 579);
    static_cast<void>(output->wait_for_input(milliseconds(50)));
  }
  ASSERT_TRUE(with_bar(shot));
  keep(shot, "bar");
  const auto red = shot.at(300, 579);
  EXPECT_GT(red[0], red[1] + 60);
  const auto green = shot.at(445, 579);
  EXPECT_GT(green[1], green[0] + 60);
  // Clicks: on the picture, at the beginning, in the middle and at the end of the bar.
  click(400, 300);
  click(72, 579);
  click(400, 579);
  click(730, 579);
  const auto asked = inputs(*output, 3);
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[0].action, ViewerAction::seek_to);
  EXPECT_NEAR(asked[0].amount, 0.0, 0.02);
  EXPECT_NEAR(asked[1].amount, 0.5, 0.02);
  EXPECT_NEAR(asked[2].amount, 1.0, 0.02);
}

TEST_F(VideoOutputTest, SubtitlesStayAboveTheTimeBelowThePointer) {
  auto output = VideoOutput::open("test", WindowSize{800, 600}, false).value();
  ASSERT_TRUE(output->show(plain(640, 480, 40, 128, 128, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG)));
  output->display().show_timeline(
      {.position = MediaTime(seconds(30)), .end = MediaTime(seconds(120)), .buffered = {}});
  media::Cue cue;
  cue.text.push_back({.text = "MMMMMMMMMMMMMM"});
  output->display().show_cues({cue});
  // Bright pixels of some rows, but for those where the time itself is.
  const auto bright = [](const Screenshot& shot, int from, int to) {
    int count = 0;
    for (int y = from; y < to; ++y)
      for (int x = 200; x < 600; ++x) {
        const auto color = shot.at(x, y);
        const bool label = x > 350 && x < 450;
        if (!label && color[0] > 200 && color[1] > 200 && color[2] > 200) ++count;
      }
    return count;
  };
  Screenshot shot;
  for (int i = 0; i < 50; ++i) {
    SDL_Event event{};
    event.type = SDL_MOUSEMOTION;
    event.motion.x = 400;
    event.motion.y = 579;
    SDL_PushEvent(&event);
    static_cast<void>(output->wait_for_input(milliseconds(50)));
    shot = server_.screenshot();
    // Where the bar is, is known once it has been drawn.
    if (bright(shot, 565, 595) > 0 && bright(shot, 520, 552) == 0) break;
  }
  keep(shot, "subtitles_above_the_time");
  EXPECT_GT(bright(shot, 300, 520), 100);
  EXPECT_EQ(bright(shot, 520, 552), 0);
}

TEST_F(VideoOutputTest, TheKeysAreListedOnTheScreen) {
  auto output = VideoOutput::open("test", WindowSize{800, 600}, false).value();
  SDL_Event typed{};
  typed.type = SDL_TEXTINPUT;
  typed.text.text[0] = '?';
  SDL_PushEvent(&typed);
  EXPECT_EQ(inputs(*output, 1), (std::vector<ViewerInput>{{ViewerAction::help}}));
  output->display().show(help_page());
  static_cast<void>(output->wait_for_input(milliseconds(10)));
  const auto written = [](const Screenshot& shot) {
    int count = 0;
    for (int y = 0; y < 600; ++y)
      for (int x = 0; x < 800; ++x) count += shot.at(x, y)[0] > 240 ? 1 : 0;
    return count > 2000;
  };
  const Screenshot shot = shot_when(written);
  EXPECT_TRUE(written(shot));
  keep(shot, "help");
}

TEST_F(VideoOutputTest, TextGoesToTheClipboard) {
  auto output = VideoOutput::open("test", WindowSize{320, 180}, false).value();
  ASSERT_TRUE(output->copy("{\"stall_count\": 0}"));
  char* there = SDL_GetClipboardText();
  EXPECT_STREQ(there, "{\"stall_count\": 0}");
  SDL_free(there);
}

TEST_F(VideoOutputTest, WithoutAFontTheWindowTellsSoAndShowsPictures) {
  setenv("RUNG_FONT", "/nonexistent/font.ttf", 1);
  auto output = VideoOutput::open("test", WindowSize{800, 600}, false).value();
  unsetenv("RUNG_FONT");
  ASSERT_TRUE(output->text_failure());
  EXPECT_EQ(output->text_failure()->where, "/nonexistent/font.ttf");
  output->display().tell("pause", SteadyClock::now() + seconds(60));
  output->display().wait_because("buffer empty", SteadyClock::now() - seconds(1));
  ASSERT_TRUE(output->show(plain(640, 480, 235, 128, 128, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG)));
  const auto white = [](const Screenshot& shot) { return shot.at(20, 20)[0] > 250; };
  EXPECT_TRUE(white(shot_when(white)));
}

TEST_F(VideoOutputTest, AWakeEndsAWait) {
  auto output = VideoOutput::open("test", WindowSize{320, 180}, false).value();
  std::jthread other([&] {
    std::this_thread::sleep_for(milliseconds(50));
    output->wake();
  });
  const SteadyTime before = SteadyClock::now();
  // Windows have a few events of their own at their beginning.
  for (int i = 0; i < 3; ++i) static_cast<void>(output->wait_for_input(seconds(1)));
  EXPECT_LT(SteadyClock::now() - before, seconds(3));
}

TEST_F(VideoOutputTest, ATitleIsSeenInTheWindow) {
  const EncodedTitle title(EncodedTitle::Packaging::dash, 2);
  SegmentStore store;
  std::stop_source stop;
  std::mutex mutex;
  std::vector<OutputReport> reports;
  MediaOutputOptions options;
  options.tracks = title.tracks();
  options.window = {800, 600};
  SessionMonitor monitor(options.tracks, {.title = "http://example.test/manifest.mpd"});
  options.session = [&monitor] { return monitor.snapshot(); };
  auto output = MediaOutput::create(options, store, [&](const OutputReport& report) {
                  const std::lock_guard lock(mutex);
                  reports.push_back(report);
                  if (std::holds_alternative<PlayedOut>(report)) stop.request_stop();
                }).value();
  std::uint64_t transfer = 0;
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio}) {
    for (const SegmentNumber segment : {0, 1}) {
      const RepresentationIndex representation = kind == TrackKind::video && segment == 1 ? 1 : 0;
      store.put_init(kind, 0, representation, title.init(kind, representation));
      store.begin(TransferId(++transfer), kind, segment, representation);
      store.append(TransferId(transfer), title.segment(kind, representation, segment));
      EXPECT_TRUE(store.complete(TransferId(transfer)));
    }
  }
  Screenshot shot;
  bool page_seen = false;
  std::jthread viewer([&] {
    shot = shot_when([](const Screenshot& now) { return now.colors() > 20; });
    push_key(SDLK_i);
    // The page shades the black above the picture's upper edge, and writes there.
    const auto written = [](const Screenshot& now) {
      int count = 0;
      for (int y = 0; y < 70; ++y)
        for (int x = 0; x < 400; ++x) count += now.at(x, y)[2] > 200 ? 1 : 0;
      return count > 200;
    };
    const Screenshot with_page = shot_when(written);
    page_seen = written(with_page);
    keep(with_page, "statistics");
    push_key(SDLK_c);
    output->start(MediaTime{});
  });
  // In case that nothing ever ends.
  std::jthread watchdog([&](const std::stop_token& cancelled) {
    std::mutex unused;
    std::unique_lock lock(unused);
    std::condition_variable_any never;
    never.wait_for(lock, cancelled, seconds(40), [] { return false; });
    stop.request_stop();
  });
  output->run_on_main_thread(stop.get_token());
  watchdog.request_stop();
  viewer.join();
  EXPECT_TRUE(page_seen);
  char* copied = SDL_GetClipboardText();
  const auto json = nlohmann::json::parse(copied, nullptr, false);
  SDL_free(copied);
  ASSERT_TRUE(json.is_object());
  EXPECT_EQ(json["title"], "http://example.test/manifest.mpd");
  EXPECT_EQ(json["frames"], 1);
  EXPECT_EQ(json["playing"]["height"], 180);
  EXPECT_GT(shot.colors(), 20U);
  expect_color(shot, 400, 40, {0, 0, 0});
  const MediaOutputStatistics statistics = output->statistics();
  EXPECT_EQ(statistics.frames_decoded, 50);
  EXPECT_EQ(statistics.frames_presented + statistics.frames_dropped, 50);
  EXPECT_EQ(statistics.picture_height, 360);
  const std::lock_guard lock(mutex);
  EXPECT_TRUE(std::ranges::any_of(reports, [](const OutputReport& report) {
    return std::holds_alternative<PlayedOut>(report);
  }));
}

}  // namespace
}  // namespace rung::player
