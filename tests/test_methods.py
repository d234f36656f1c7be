"""Each method against its formulas, its optimizer against its source, and how methods are found."""

import gc

import numpy as np
import pytest
from helpers import DIGIT, initialised, method_of, some_digits

from thesis_gan import methods
from thesis_gan._compat import mx
from thesis_gan.data.images import to_network
from thesis_gan.errors import UserError
from thesis_gan.methods import Batch, Method
from thesis_gan.networks.conditional import ConditionalGenerator
from thesis_gan.networks.dcgan import DCGANCritic
from thesis_gan.networks.layered_critic import LayeredCritic
from thesis_gan.networks.layers import Output
from thesis_gan.networks.mlp import MLPCritic, MLPGenerator
from thesis_gan.networks.weights import parameters, to_arrays
from thesis_gan.penalties import gradient_penalty
from thesis_gan.profiles import resolve
from thesis_gan.settings import Value

pytestmark = pytest.mark.numeric

REAL = np.array([[1.5], [-0.5], [0.25], [3.0]], np.float32)
FAKE = np.array([[-2.0], [0.5], [1.0], [-0.25]], np.float32)
GANS, CRITICS = ("dcgan", "cgan"), ("wgan", "wgan-gp")


def batch_of(real=REAL, fake=FAKE):
    return Batch(None, mx.nd.array(fake), None, mx.nd.array(real))


def number(array):
    assert array.size == 1
    return float(array.asscalar())


def log_sigmoid(score):
    """In float64 and without overflow, by another way than the program's."""
    return -np.logaddexp(0, -np.asarray(score, np.float64))


@pytest.mark.parametrize("name", GANS)
@pytest.mark.parametrize("scale", [0, 1, 10, 100])
def test_gan_critic_loss_is_the_cross_entropy(name, scale):
    real, fake = REAL * scale, FAKE * scale
    expected = -log_sigmoid(real).mean() - log_sigmoid(-fake).mean()
    assert number(method_of(name).critic_loss(batch_of(real, fake))) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("scale", [0, 1, 10, 100])
def test_saturating_generator_loss_is_log_of_one_minus_d(scale):
    fake = FAKE * scale
    loss = method_of("dcgan", "generator_loss=saturating").generator_loss(batch_of(fake=fake))
    assert number(loss) == pytest.approx(log_sigmoid(-fake).mean(), rel=1e-5)


@pytest.mark.parametrize("scale", [0, 1, 10, 100])
def test_non_saturating_generator_loss_is_minus_log_d(scale):
    fake = FAKE * scale
    loss = method_of("dcgan", "generator_loss=non-saturating").generator_loss(batch_of(fake=fake))
    assert number(loss) == pytest.approx(-log_sigmoid(fake).mean(), rel=1e-5)


@pytest.mark.parametrize(("way", "expected"), [("saturating", [0.0, -1.0]), ("non-saturating", [-1.0, 0.0])])
def test_generators_gradient_vanishes_for_sure_fakes_only_if_saturating(way, expected):
    """d loss / d score at scores of -100 and 100: what the thesis's §3.1 is about."""
    score = mx.nd.array([[-100.0], [100.0]])
    score.attach_grad()
    with mx.autograd.record():
        loss = method_of("dcgan", f"generator_loss={way}").generator_loss(Batch(None, score))
    loss.backward()
    np.testing.assert_allclose(score.grad.asnumpy().ravel(), np.array(expected) / 2, atol=1e-6)


@pytest.mark.parametrize("large", [100.0, -100.0])
@pytest.mark.parametrize("name", [*GANS, "wgan"])
def test_losses_of_large_scores_are_finite_and_so_are_their_gradients(name, large):
    real, fake = mx.nd.array([[large], [-large]]), mx.nd.array([[large], [large]])
    for score in (real, fake):
        score.attach_grad()
    method = method_of(name)
    with mx.autograd.record():
        batch = Batch(None, fake, None, real)
        loss = method.critic_loss(batch) + method.generator_loss(batch)
    loss.backward()
    assert np.isfinite(number(loss))
    assert np.isfinite(real.grad.asnumpy()).all()
    assert np.isfinite(fake.grad.asnumpy()).all()


@pytest.mark.parametrize("name", methods.names())
def test_losses_and_statistics_of_symbols_are_those_of_arrays(name):
    """Training takes them into a graph."""
    method, symbols = method_of(name), Batch(None, mx.sym.var("fake"), None, mx.sym.var("real"))
    scores = {"real": mx.nd.array(REAL), "fake": mx.nd.array(FAKE)}

    def value(symbol):
        used = {key: score for key, score in scores.items() if key in symbol.list_arguments()}
        return number(symbol.eval(ctx=mx.cpu(), **used)[0])

    for loss in ("critic_loss", "generator_loss"):
        assert value(getattr(method, loss)(symbols)) == pytest.approx(number(getattr(method, loss)(batch_of())), rel=1e-6)
    expected = {key: number(statistic) for key, statistic in method.statistics(batch_of()).items()}
    assert {key: value(statistic) for key, statistic in method.statistics(symbols).items()} == pytest.approx(expected, rel=1e-6)


def test_accuracy_is_the_share_on_the_right_side():
    """Real scores above 0: 3 of 4; fake scores below 0: 2 of 4."""
    assert number(method_of("dcgan").statistics(batch_of())["accuracy"]) == 5 / 8


@pytest.mark.parametrize(("real", "fake", "accuracy"), [(1, -1, 1), (-1, 1, 0), (1, 1, 0.5), (0, 0, 0)])
def test_accuracy_at_its_ends(real, fake, accuracy):
    batch = batch_of(np.full((4, 1), real, np.float32), np.full((4, 1), fake, np.float32))
    assert number(method_of("cgan").statistics(batch)["accuracy"]) == accuracy


def test_wgan_critic_loss_is_the_difference_of_means():
    assert number(method_of("wgan").critic_loss(batch_of())) == pytest.approx(FAKE.mean() - REAL.mean(), rel=1e-6)


@pytest.mark.parametrize("name", CRITICS)
def test_wasserstein_generator_loss_is_minus_the_mean_score(name):
    assert number(method_of(name).generator_loss(batch_of())) == pytest.approx(-FAKE.mean(), rel=1e-6)


@pytest.mark.parametrize("name", CRITICS)
def test_wasserstein_estimate_is_real_minus_fake(name):
    assert number(method_of(name).statistics(batch_of())["wasserstein"]) == pytest.approx(REAL.mean() - FAKE.mean(), rel=1e-6)


def penalty_of(method, batch):
    with mx.autograd.record():
        return number(method.critic_penalty(batch))


def penalised_batch(critic, epsilon):
    """A batch at whose x_hat epsilon is everywhere the same, and which notes what it was asked for."""
    asked = []

    def uniform(name, shape):
        asked.append((name, shape))
        return mx.nd.full(shape, epsilon)

    images = to_network(some_digits(6).images)
    real, fake = mx.nd.array(images[:3]), mx.nd.array(0.5 * images[3:])
    return Batch(fake, critic(fake), real, critic(real), critic, uniform=uniform), asked


@pytest.mark.parametrize("weight", [0, 1, 10])
@pytest.mark.parametrize("name", ["wgan-gp", "dragan"])
def test_penalty_of_a_linear_critic_is_its_closed_form(name, weight):
    critic = initialised(LayeredCritic(Output(in_units=784)), 0.2)
    batch, _ = penalised_batch(critic, 0.3)
    norm = np.linalg.norm(to_arrays(critic)["layers.0.weight"])
    penalty = penalty_of(method_of(name, f"penalty_weight={weight}"), batch)
    assert penalty == pytest.approx(weight * (norm - 1) ** 2, rel=1e-5)


@pytest.mark.parametrize("epsilon", [0, 0.3, 1])
def test_wgan_gp_takes_the_gradient_between_real_and_fake(epsilon):
    critic = initialised(DCGANCritic(3, DIGIT, "layer"))
    batch, asked = penalised_batch(critic, epsilon)
    with mx.autograd.record():
        penalty = gradient_penalty(critic, epsilon * batch.real + (1 - epsilon) * batch.fake)
    assert penalty_of(method_of("wgan-gp"), batch) == pytest.approx(10 * number(penalty), rel=1e-5)
    assert asked == [("epsilon", (3, 1, 1, 1))]


def spread_out_critic(norm="batch"):
    """A critic whose every parameter, batch norm's and its running statistics too, is partly beyond 0.03 and partly within."""
    critic = initialised(DCGANCritic(2, DIGIT, norm))
    for place, parameter in enumerate(parameters(critic).values()):
        parameter.set_data(mx.nd.array(np.random.RandomState(place).normal(0, 0.05, parameter.shape)))
    return critic


def test_wgan_clips_every_trainable_parameter_to_exactly_c_and_leaves_the_rest():
    critic = spread_out_critic()
    before = to_arrays(critic)
    method_of("wgan").after_critic_step(critic)
    after = to_arrays(critic)
    bound = np.float32(0.03)
    assert any(name.endswith("gamma") for name in before)
    for name, array in before.items():
        if "running" in name:
            np.testing.assert_array_equal(after[name], array, err_msg=name)
        else:
            np.testing.assert_array_equal(after[name], np.clip(array, -bound, bound), err_msg=name)
    assert np.abs(before["layers.2.weight"]).max() > bound


def test_wgan_clips_to_the_c_that_is_set():
    critic = spread_out_critic()
    method_of("wgan", "clip=0.01").after_critic_step(critic)
    assert np.abs(to_arrays(critic)["layers.2.weight"]).max() == np.float32(0.01)


@pytest.mark.parametrize("name", ["dcgan", "cgan", "wgan-gp"])
def test_others_do_not_clip(name):
    critic = spread_out_critic("none" if name == "wgan-gp" else "batch")
    before = to_arrays(critic)
    method_of(name).after_critic_step(critic)
    after = to_arrays(critic)
    for key, array in before.items():
        np.testing.assert_array_equal(after[key], array)


@pytest.mark.parametrize("name", GANS)
def test_adam_has_the_sources_values_in_the_thesis_profile(name):
    optimizer = method_of(name, profile="thesis").optimizer()
    assert type(optimizer) is mx.optimizer.Adam
    assert (optimizer.learning_rate, optimizer.beta1, optimizer.beta2) == (0.0002, 0.5, 0.999)


@pytest.mark.parametrize("profile", ["smoke", "quick", "standard", "thesis"])
def test_wgan_gp_has_the_thesis_rmsprop_in_every_profile(profile):
    optimizer = method_of("wgan-gp", profile=profile).optimizer()
    assert isinstance(optimizer, mx.optimizer.RMSProp)
    assert (optimizer.lr, optimizer.gamma1) == (0.003, 0.9)


def test_wgan_gp_can_have_its_papers_adam():
    overrides = ("optimizer=adam", "learning_rate=0.0001", "beta1=0", "beta2=0.9")
    optimizer = method_of("wgan-gp", *overrides, profile="thesis").optimizer()
    assert isinstance(optimizer, mx.optimizer.Adam)
    assert (optimizer.lr, optimizer.beta1, optimizer.beta2) == (0.0001, 0, 0.9)


@pytest.mark.parametrize("name", CRITICS)
def test_critics_have_rmsprop_with_the_thesis_learning_rate_in_the_thesis_profile(name):
    optimizer = method_of(name, profile="thesis").optimizer()
    assert type(optimizer) is mx.optimizer.RMSProp
    assert (optimizer.learning_rate, optimizer.gamma1, optimizer.centered) == (0.003, 0.9, False)


def test_optimizers_take_what_is_set():
    adam = method_of("dcgan", "learning_rate=0.5", "beta1=0.25", "beta2=0.75").optimizer()
    assert (adam.learning_rate, adam.beta1, adam.beta2) == (0.5, 0.25, 0.75)
    rmsprop = method_of("dcgan", "optimizer=rmsprop", "learning_rate=0.5", "decay=0.75").optimizer()
    assert type(rmsprop) is mx.optimizer.RMSProp
    assert (rmsprop.learning_rate, rmsprop.gamma1) == (0.5, 0.75)
    assert type(method_of("wgan", "optimizer=adam").optimizer()) is mx.optimizer.Adam


@pytest.mark.parametrize("name", methods.names())
def test_each_network_gets_an_optimizer_of_its_own(name):
    method = method_of(name)
    assert method.optimizer() is not method.optimizer()


def test_critic_steps_follow_the_schedule():
    assert [method_of("wgan").critic_steps(epoch) for epoch in range(5)] == [30, 30, 15, 15, 5]
    assert [method_of("wgan", "critic_schedule=5").critic_steps(epoch) for epoch in range(3)] == [5, 5, 5]


@pytest.mark.parametrize(("name", "norms"), [("dcgan", {"batch"}), ("wgan", {"batch"}), ("wgan-gp", set())])
def test_critic_has_batch_norm_but_under_the_penalty(name, norms):
    critic = method_of(name).critic()
    assert type(critic) is DCGANCritic
    assert {"batch" for key in parameters(critic) if key.endswith("running_mean")} == norms


def test_cgans_networks_see_one_map_per_class_and_200_numbers():
    method = method_of("cgan")
    generator, critic = method.generator(), method.critic()
    assert (type(generator), type(critic)) == (ConditionalGenerator, DCGANCritic)
    assert generator.generator.project.weight.shape[1] == 200
    assert critic.layers[0].weight.shape[1] == 11


def test_methods_come_in_the_order_of_the_table():
    names = methods.names()
    assert [name for name in names if name in ("dcgan", "cgan", "wgan", "wgan-gp")] == ["dcgan", "cgan", "wgan", "wgan-gp"]
    orders = [methods.find(name).order for name in names]
    assert orders == sorted(orders)


@pytest.mark.parametrize("name", methods.names())
def test_every_method_says_what_it_is(name):
    kind = methods.find(name)
    assert kind.name == name
    assert kind.title
    assert kind.source
    assert kind.summary
    assert "\n" not in kind.source + kind.summary


def test_unknown_method_is_an_error_that_lists_all_and_suggests_the_nearest():
    with pytest.raises(UserError) as error:
        methods.find("wgangp")
    assert "did you mean wgan-gp?" in str(error.value)
    assert ", ".join(methods.names()) in str(error.value)


def test_method_like_no_other_gets_no_suggestion():
    with pytest.raises(UserError) as error:
        methods.find("xyz")
    assert "did you mean" not in str(error.value)


def test_a_new_subclass_with_a_name_is_a_method():
    class Newest(Method):
        name = "newest"
        order = 1000
        defaults = {"clip": Value(1.0, "ours")}

    class Nameless(Newest):
        """Inherits a name but has none of its own: no method."""

    try:
        assert methods.names()[-1] == "newest"
        assert methods.find("newest") is Newest
        assert resolve(Newest, "smoke").clip == 1
        with pytest.raises(NotImplementedError):
            Newest(resolve(Newest, "smoke")).critic_loss(None)
    finally:
        del Newest, Nameless
        gc.collect()
    assert "newest" not in methods.names()


@pytest.mark.parametrize(
    ("name", "score", "distance"),
    [("dcgan", 1.483697, 203.75015), ("wgan", 1.5933928, 179.75687), ("wgan-gp", 1.8670504, 171.6774)],
)
def test_published_numbers_are_the_thesis_table_1(name, score, distance):
    assert methods.find(name).published == {"inception_score_mean": score, "frechet_inception_distance": distance}


def test_thesis_has_no_numbers_for_the_cgan():
    assert methods.find("cgan").published == {}


def test_variant_does_not_inherit_what_its_parents_source_published():
    parent = methods.find("wgan-gp")
    published = dict(parent.published)

    class Variant(parent):
        pass

    class Scored(Variant):
        published = {"inception_score_mean": 2.0}

    class VariantOfScored(Scored):
        pass

    assert published
    assert (Variant.published, Scored.published, VariantOfScored.published) == ({}, {"inception_score_mean": 2.0}, {})
    assert parent.published == published
    Variant.published["inception_score_mean"] = 1.0
    assert Method.published == VariantOfScored.published == {}


# The other sources' methods against their formulas, in float64 and written anew.


def half_mean_square(scores, target):
    return np.square(np.asarray(scores, np.float64) - target).mean() / 2


@pytest.mark.parametrize("targets", [(-1, 1, 0), (0, 1, 1)])
def test_lsgan_losses_are_half_the_mean_squares(targets):
    a, b, c = targets
    method = method_of("lsgan", f"target_fake={a}", f"target_real={b}", f"target_generator={c}")
    assert number(method.critic_loss(batch_of())) == pytest.approx(half_mean_square(REAL, b) + half_mean_square(FAKE, a))
    assert number(method.generator_loss(batch_of())) == pytest.approx(half_mean_square(FAKE, c))


def test_lsgan_has_s1s_targets_unless_told_otherwise():
    settings = method_of("lsgan", profile="thesis").settings
    assert (settings.target_fake, settings.target_real, settings.target_generator) == (-1, 1, 0)


def test_lsgans_accuracy_is_taken_halfway_between_its_targets():
    """At 1/2 under (0, 1): real scores 1.5 and 3 are above it, fake ones -2 and -0.25 below, 0.5 neither."""
    overrides = ("target_fake=0", "target_generator=1")
    assert number(method_of("lsgan", *overrides).statistics(batch_of())["accuracy"]) == 4 / 8
    assert number(method_of("lsgan").statistics(batch_of())["accuracy"]) == 5 / 8


@pytest.mark.parametrize("weight", [0, 1, 2.5])
def test_regularised_lsgan_adds_the_squared_difference_of_means(weight):
    method = method_of("lsgan-reg", f"mean_weight={weight}")
    expected = half_mean_square(FAKE, 0) + weight * (FAKE.mean() - REAL.mean()) ** 2
    assert number(method.generator_loss(batch_of())) == pytest.approx(expected, rel=1e-6)
    assert number(method.critic_loss(batch_of())) == number(method_of("lsgan").critic_loss(batch_of()))


def test_regularised_lsgan_keeps_a_gradient_where_lsgan_has_none():
    """Every generated image at c, as a perfect critic of S1's argument has it: what LSGAN' is for."""
    gradients = []
    for name in ("lsgan", "lsgan-reg"):
        score = mx.nd.zeros((4, 1))
        score.attach_grad()
        with mx.autograd.record():
            loss = method_of(name).generator_loss(Batch(None, score, None, mx.nd.ones((4, 1))))
        loss.backward()
        gradients.append(score.grad.asnumpy().ravel().tolist())
    assert gradients == [[0] * 4, [-0.5] * 4]  # 2 lambda (0 - 1) / 4


@pytest.mark.parametrize("scale", [0, 1, 10, 100])
def test_relativistic_losses_are_logistic_in_the_difference_of_each_pair(scale):
    real, fake, method = REAL * scale, FAKE * scale, method_of("rsgan")
    assert number(method.critic_loss(batch_of(real, fake))) == pytest.approx(-log_sigmoid(real - fake).mean(), rel=1e-5)
    assert number(method.generator_loss(batch_of(real, fake))) == pytest.approx(-log_sigmoid(fake - real).mean(), rel=1e-5)


@pytest.mark.parametrize("scale", [0, 1, 10, 100])
def test_relativistic_average_losses_hold_each_score_against_the_others_mean(scale):
    real, fake, method = REAL.astype(np.float64) * scale, FAKE.astype(np.float64) * scale, method_of("ragan")
    critic = -log_sigmoid(real - fake.mean()).mean() - log_sigmoid(-(fake - real.mean())).mean()
    generator = -log_sigmoid(fake - real.mean()).mean() - log_sigmoid(-(real - fake.mean())).mean()
    batch = batch_of(real.astype(np.float32), fake.astype(np.float32))
    assert number(method.critic_loss(batch)) == pytest.approx(critic, rel=1e-5)
    assert number(method.generator_loss(batch)) == pytest.approx(generator, rel=1e-5)


def test_relativistic_accuracy_is_the_share_of_pairs():
    """1.5 > -2, -0.5 < 0.5, 0.25 < 1, 3 > -0.25."""
    assert number(method_of("rsgan").statistics(batch_of())["accuracy"]) == 1 / 2


def test_hinge_losses_of_the_spectrally_normalised_gan():
    critic = np.maximum(0, 1 - REAL).mean() + np.maximum(0, 1 + FAKE).mean()
    assert number(method_of("sngan").critic_loss(batch_of())) == pytest.approx(critic, rel=1e-6)
    assert number(method_of("sngan").generator_loss(batch_of())) == pytest.approx(-FAKE.mean(), rel=1e-6)


@pytest.mark.parametrize(("drawn", "far"), [(0, -1), (0.5, 0), (1, 1)])
def test_dragan_takes_the_gradient_around_real_images_only(drawn, far):
    critic = initialised(DCGANCritic(3, DIGIT, "layer"))
    batch, asked = penalised_batch(critic, drawn)
    real = batch.real.asnumpy().astype(np.float64)
    with mx.autograd.record():
        penalty = gradient_penalty(critic, mx.nd.array(real + 0.25 * far * real.std()))
    assert penalty_of(method_of("dragan", "neighbourhood=0.25"), batch) == pytest.approx(10 * number(penalty), rel=1e-4)
    assert asked == [("neighbourhood", (3, 1, 28, 28))]


@pytest.mark.parametrize("name", ["dragan", "wgan-gp", "wgan-gp-ln"])
@pytest.mark.parametrize("architecture", ["mlp", "dcgan"])
def test_penalty_and_batch_norm_exclude_each_other(name, architecture):
    with pytest.raises(UserError, match="critic_norm"):
        method_of(name, "critic_norm=batch", f"architecture={architecture}").critic()


@pytest.mark.parametrize(("progress", "deviation"), [(0, 0.5), (0.2, 0.375), (0.4, 0.25), (0.8, 0), (0.9, 0), (1, 0)], ids=str)
def test_instance_noise_falls_to_zero_in_a_straight_line(progress, deviation):
    assert method_of("noisy-gan").instance_noise(progress) == pytest.approx(deviation, abs=1e-12)
    assert method_of("noisy-gan", "noise_std=1", "noise_share=0.4").instance_noise(0.3) == pytest.approx(0.25)


@pytest.mark.parametrize("name", [name for name in methods.names() if name != "noisy-gan"])
def test_others_show_images_as_they_are(name):
    assert method_of(name).instance_noise(0) == 0


def test_s2s_values_are_the_defaults_of_the_layer_normalised_wgan_gp():
    method = method_of("wgan-gp-ln", profile="thesis")
    settings, optimizer = method.settings, method.optimizer()
    assert type(optimizer) is mx.optimizer.Adam
    assert (optimizer.learning_rate, optimizer.beta1, settings.init_std) == (0.0001, 0, 0.02)
    assert (settings.batch_size, settings.generator_steps, settings.epochs) == (16, 50000, 0)
    assert (settings.critic_norm, settings.penalty_weight) == ("layer", 10)


def test_first_gan_is_made_of_perceptrons_without_batch_norm():
    method = method_of("gan", profile="thesis")
    assert (type(method.generator()), type(method.critic())) == (MLPGenerator, MLPCritic)
    assert not [key for key in (*parameters(method.generator()), *parameters(method.critic())) if "running" in key]
    assert method.settings.generator_loss == "saturating"


@pytest.mark.parametrize("name", methods.names())
def test_s1_trains_all_methods_alike_but_wgan_by_rmsprop(name):
    method = method_of(name, profile="s1")
    settings = method.settings
    assert (settings.batch_size, settings.epochs, settings.z_size, settings.learning_rate) == (64, 20, 100, 0.0001)
    assert isinstance(method.critic(), DCGANCritic) and settings.architecture == "dcgan"
    if name == "wgan":
        assert isinstance(method.optimizer(), mx.optimizer.RMSProp)
    else:
        assert isinstance(method.optimizer(), mx.optimizer.Adam)
        assert method.optimizer().beta1 == 0.5


def test_profiles_train_what_the_thesis_trains_or_all():
    assert methods.names(in_thesis=True) == ["dcgan", "cgan", "wgan", "wgan-gp"]
    assert set(methods.names(in_thesis=True)) < set(methods.names())
