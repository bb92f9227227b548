#include "abr/audio_choice.h"

#include <gtest/gtest.h>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::Situation;

struct Audio : Situation {
  Audio() {
    track = test::uniform_track(50, seconds(4), {64, 128, 192});
    previous.reset();
  }
  [[nodiscard]] RepresentationIndex choice() const {
    return choose_audio(context()).representation;
  }
};

TEST(AudioChoice, TakesTheLowestWithoutAForecast) {
  EXPECT_EQ(choose_audio(Audio().context()),
            (Decision{.representation = 0, .reason = Reason::audio_share}));
}

TEST(AudioChoice, TakesTheBestWithinItsShare) {
  Audio audio;
  audio.forecast_kbps = 1281;
  EXPECT_EQ(audio.choice(), 2u);
  audio.forecast_kbps = 1279;
  EXPECT_EQ(audio.choice(), 1u);
  audio.forecast_kbps = 100;
  EXPECT_EQ(audio.choice(), 0u);
}

TEST(AudioChoice, NeedsMoreToRiseThanToStay) {
  Audio audio;
  audio.forecast_kbps = 1300;
  audio.previous = 1;
  EXPECT_EQ(audio.choice(), 1u);
  audio.previous = 2;
  EXPECT_EQ(audio.choice(), 2u);
  audio.forecast_kbps = 1601;
  audio.previous = 1;
  EXPECT_EQ(audio.choice(), 2u);
}

TEST(AudioChoice, DoesNotFlapWhereTheForecastIsUnsteady) {
  Audio audio;
  int changes = 0;
  for (int i = 0; i < 100; ++i) {
    audio.forecast_kbps = i % 2 == 0 ? 1200 : 1450;
    const RepresentationIndex choice = audio.choice();
    if (audio.previous && choice != *audio.previous) ++changes;
    audio.previous = choice;
  }
  EXPECT_LE(changes, 1);
}

}  // namespace
}  // namespace rung::abr
