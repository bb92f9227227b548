#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/expected.h"
#include "core/time.h"
#include "media/decode/content_keys.h"
#include "media/live_presentation.h"
#include "media/track.h"
#include "media/track_selection.h"
#include "player/document_fetcher.h"
#include "player/event_loop.h"
#include "player/http_client.h"
#include "player/licences.h"
#include "player/live_source.h"
#include "player/title_loader.h"

namespace rung::player {

/// A live presentation of DASH as it goes on: looks at its manifest when the next segment is due,
/// and fetches it again when it asks for that: as a patch of what is known where it offers one, and
/// whole where that does not fit. A resource.
class DashLiveSource final : public LiveSource {
 public:
  /// As LiveSource::create().
  DashLiveSource(EventLoop& loop, HttpClient& client, const LoadedTitle& title,
                 const media::TrackSelection& first, media::TrackSelection::Options wishes,
                 std::optional<Duration> latency);
  ~DashLiveSource() override;

  void begin(Receiver receiver) override;
  [[nodiscard]] MediaTime join() const override;
  [[nodiscard]] PlaybackEnvironment::Source source_of(
      const session::FetchSegment& request) const override;
  void find_audio(const media::AudioTrack& audio, AudioFound then) override;
  void change_audio() override;
  [[nodiscard]] std::shared_ptr<const media::Presentation> presentation() const override {
    return {newest_, &newest_->presentation()};
  }

 private:
  [[nodiscard]] Duration wall_clock() const;
  /// What is being produced now.
  [[nodiscard]] MediaTime edge() const;
  /// What the manifest says now.
  [[nodiscard]] Expected<media::TrackSelection> read(
      const media::TrackSelection::Options& wishes) const;
  /// What it would say at that time of the origin's clock if it stayed as it is.
  /// With `window_start` what begins before it counts as gone, in place of what has left the
  /// window.
  [[nodiscard]] Expected<media::TrackSelection> read_at(
      const media::TrackSelection::Options& wishes, Duration wall_clock,
      std::optional<MediaTime> window_start = {}) const;
  void look();
  void look_at(Timestamp at);
  void offer(media::TrackSelection fresh);
  /// Whether, as the manifest is now, no segment will come behind those that are known.
  [[nodiscard]] bool played_out() const;
  /// Tells that nothing more will come.
  void end();
  /// Where it is read from: of several locations the next one after each failure.
  [[nodiscard]] const std::string& location() const;
  void reload();
  /// So often it wants to be read again; zero where it does not.
  [[nodiscard]] Duration update_period() const;
  void reloaded(const Expected<Document>& document);
  [[nodiscard]] Timestamp next_segment_due() const;
  void give_up(const Error& error);
  /// Whether `fresh` can be played with the keys that are there. Where it cannot, what is missing
  /// is asked for, or nothing goes on.
  [[nodiscard]] bool unlocked(const media::TrackSelection& fresh);

  EventLoop& loop_;
  HttpClient& client_;
  DocumentFetcher fetcher_;
  media::TrackSelection::Options wishes_;
  Receiver receiver_;
  const std::string first_url_;
  std::string url_;
  std::string text_;          ///< Of the manifest.
  Duration clock_at_zero_{};  ///< The origin's clock at the loop's zero, since 1970.
  Duration availability_start_{};
  decode::ContentKeys keys_;
  std::unique_ptr<LicenceRound> licences_;     ///< That are waited for.
  std::optional<media::PatchLocation> patch_;  ///< Where is told what changes in it.
  std::shared_ptr<const media::TrackSelection> newest_;
  std::shared_ptr<const media::TrackSelection> before_;  ///< The one before that.
  /// What the session is still to be told of, in order.
  std::deque<std::pair<media::AudioTrack, std::shared_ptr<const media::TrackSelection>>> to_come_;
  EventLoop::TimerId timer_;
  bool reloading_ = false;
  bool over_ = false;
  std::optional<Timestamp> reload_at_;
  Timestamp asked_{};  ///< When it was last asked for.
  int failures_ = 0;   ///< Of reloads in a row.
  int failed_locations_ = 0;
  Timestamp grown_at_{};  ///< When it last went on.
  std::string last_failure_;
};

}  // namespace rung::player
