"""Maps days of traffic by Spark: keys are distributed, workers read them, `rainscope map --wire --lines` maps them.

    spark-submit map_days.py --from s3://logs/openrouter/{date}/ --to wire/ 2026-11-25 2026-11-26
    spark-submit map_days.py --from /data/traffic/{date} --to wire/ 2026-11-26

One folder a day, written as a whole: a day whose folder has _SUCCESS is skipped.
"""

import argparse
import gzip
import json
import os
import pathlib
import sys

from pyspark.sql import SparkSession

# Keys that one task reads: some seconds of work.
KEYS_A_TASK = 1000


def bucket_and_prefix(location):
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    return bucket, prefix


def client():
    import boto3

    return boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"))


def keys(location):
    """What there is to read, in order: objects' keys, or paths of files."""
    if not location.startswith("s3://"):
        return sorted(str(path) for path in pathlib.Path(location).rglob("*") if path.is_file())
    bucket, prefix = bucket_and_prefix(location)
    pages = client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = (item["Key"] for page in pages for item in page.get("Contents", []))
    return [key for key in found if not key.endswith("/")]


def lines_of(location):
    """Reads in the worker: each completion on a line of its own."""

    def read(some):
        if location.startswith("s3://"):
            bucket, _ = bucket_and_prefix(location)
            s3 = client()
            fetch = lambda key: s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        else:
            fetch = lambda path: pathlib.Path(path).read_bytes()
        for key in some:
            data = fetch(key)
            text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8", "replace")
            try:
                json.loads(text)
                # One JSON text, over several lines perhaps; none can stand within a string. Written anew, its
                # numbers would be spelled otherwise.
                yield text.replace("\r", " ").replace("\n", " ")
            except ValueError:
                # Not splitlines(): it would cut at U+2028 within a string.
                yield from (line for line in text.split("\n") if line.strip())

    return read


def path_variable():
    return {"PATH": os.environ.get("PATH", os.defpath)}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--from", dest="source", required=True, help="bucket or folder, with {date}")
    options.add_argument("--to", required=True, help="folder of the days")
    options.add_argument("--rainscope", default="rainscope", help="the program on every worker")
    options.add_argument("days", nargs="+")
    options = options.parse_args()
    spark = SparkSession.builder.appName("rainscope map").getOrCreate()
    try:
        for day in options.days:
            target = f"{options.to.rstrip('/')}/{day}"
            path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(target)
            files = path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
            done = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(target, "_SUCCESS")
            if files.exists(done):
                print(f"{day}: there already", file=sys.stderr)
                continue
            # Left behind by a run that broke off.
            files.delete(path, True)
            location = options.source.replace("{date}", day)
            found = keys(location)
            if not found:
                print(f"{day}: nothing below {location}", file=sys.stderr)
                continue
            tasks = -(-len(found) // KEYS_A_TASK)
            mapped = (
                spark.sparkContext.parallelize(found, tasks)
                .mapPartitions(lines_of(location))
                # Without checkCode, a program that fails is a partition without lines; without env, it is looked for in
                # /bin and /usr/bin alone.
                .pipe(f"{options.rainscope} map --wire --lines -", env=path_variable(), checkCode=True)
            )
            mapped.saveAsTextFile(target)
            print(f"{day}: {len(found)} keys in {tasks} tasks", file=sys.stderr)
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
