"""A DAG of Airflow that dubs the requests of a manifest each night.

Copy the file to the folder of the DAGs. The package apache-airflow-providers-apache-spark and a Spark
distribution are needed on the workers. The connection spark_default names the master:
spark://…, yarn, or k8s://….
"""

import datetime
import pathlib

from airflow import DAG
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

HOME = pathlib.Path("/opt/latentsync-spark")
TARGET = HOME / "job" / "target"
CHECKPOINTS = HOME / "checkpoints"

with DAG(
    dag_id="latentsync_nightly",
    schedule="0 1 * * *",
    start_date=datetime.datetime(2026, 1, 1),
    catchup=False,
    # A batch that lasts into the next night continues; that night starts no new one.
    max_active_runs=1,
    default_args={
        # A repeated command continues with the finished segments.
        "retries": 2,
        "retry_delay": datetime.timedelta(minutes=5),
    },
) as dag:
    SparkSubmitOperator(
        task_id="dub",
        conn_id="spark_default",
        name="latentsync-{{ ds }}",
        application=str(next(TARGET.glob("latentsync-job-*.jar"), TARGET / "latentsync-job.jar")),
        java_class="io.latentsync.job.LatentSync",
        jars=",".join(map(str, sorted(TARGET.glob("lib/*.jar")))),
        properties_file=str(HOME / "conf" / "spark-defaults.conf"),
        executor_cores=4,
        executor_memory="4g",
        # Weights, latents and frames are outside the Java heap.
        conf={"spark.executor.memoryOverhead": "16g"},
        application_args=[
            "dub",
            "--manifest",
            "/data/requests",
            "--unet_config_path",
            str(CHECKPOINTS / "unet_config.yaml"),
            "--inference_ckpt_path",
            str(CHECKPOINTS / "latentsync_unet.pt"),
            "--progress",
            "json",
        ],
    )
