"""``thesis-gan faces``, ``verify-data`` and ``train-classifier``: the data, and what scores them."""

import os

from thesis_gan.cli.arguments import add_command, add_path, whole


def add_to(commands) -> None:
    faces = add_command(commands, "faces", _faces, "draw the set of faces (after ./run_all.sh setup --faces)")
    written = "X.npz: arr_0, uint8 (N, S, S, 3), labels (hair's colours) and more"
    add_path(faces, "--output", "FILE", written, required=True)
    faces.add_argument("--count", type=whole(1, 1_000_000), default=8192, metavar="N", help="how many (default 8192)")
    faces.add_argument("--size", type=whole(8, 512), default=64, metavar="S", help="pixels on a side (default 64)")

    add_command(commands, "verify-data", _verify, "check the files in data/")

    classifier = add_command(commands, "train-classifier", _classifier, "train a classifier whose features score the images")
    classifier.add_argument("--data", choices=("mnist", "faces"), default="mnist", help="what it is trained on (default mnist)")
    add_path(classifier, "--output", "FILE", "file for the weights", required=True)
    classifier.add_argument("--threads", type=whole(1, os.cpu_count() or 1), default=1, metavar="N", help="threads (default 1)")


def _faces(options) -> None:
    from thesis_gan.data import face_file

    face_file.make(options.output, options.count, options.size)
    print(f"{options.count} faces of {options.size}x{options.size} are in {options.output}.")


def _verify(options) -> None:
    from thesis_gan.data import mnist
    from thesis_gan.metrics.classifier import MNISTFeatures
    from thesis_gan.metrics.face_classifier import FaceFeatures

    mnist.verify()
    MNISTFeatures()
    FaceFeatures()
    print("The data are complete: MNIST and the classifiers' weights.")


def _classifier(options) -> None:
    from thesis_gan import files
    from thesis_gan.metrics import classifier, face_classifier

    if options.data == "faces":
        for name, share in face_classifier.train(options.output).items():
            print(f"{share:.2%} of the test faces are classified rightly by {name}.")
    else:
        print(f"{classifier.train(options.output):.2%} of the test digits are classified rightly.")
    print(f"SHA-256 of {options.output}: {files.sha256(options.output)}")
