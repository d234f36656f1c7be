"""How long a run is, known before it starts."""

from typing import NamedTuple, Optional

from thesis_gan.settings import Settings


class Budget(NamedTuple):
    """generator_steps, critic_steps: of the whole run."""

    generator_steps: int
    critic_steps: int


def budget(settings: Settings, images: Optional[int] = None) -> Budget:
    """The steps that the training loop will make under ``settings``.

    images: how many there are; by default as the settings say, which ``resolve`` made fit the data.
    """
    per_pass = (settings.train_images if images is None else images) // settings.batch_size
    by_critic = settings.epoch_unit == "critic-pass"
    generator_steps = critic_steps = epoch = 0
    warm_up = sum(epochs for _, epochs in settings.critic_schedule.stages)
    while not (settings.epochs and epoch >= settings.epochs):
        if not settings.epochs and epoch >= warm_up:  # from here on all rounds are alike, and there may be very many
            rest = settings.generator_steps - generator_steps
            return Budget(settings.generator_steps, critic_steps + rest * settings.critic_schedule.rest)
        a_round = settings.critic_schedule(epoch)
        done = critic_steps if by_critic else generator_steps
        rounds = max(0, -(-((epoch + 1) * per_pass - done) // (a_round if by_critic else 1)))
        if settings.generator_steps:
            rounds = min(rounds, settings.generator_steps - generator_steps)
        generator_steps, critic_steps, epoch = generator_steps + rounds, critic_steps + rounds * a_round, epoch + 1
        if settings.generator_steps and generator_steps >= settings.generator_steps:
            break
    return Budget(generator_steps, critic_steps)
