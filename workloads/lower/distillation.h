/* A student that learns from its teacher: both in one training step. */
#ifndef TESSERA_DISTILLATION_H
#define TESSERA_DISTILLATION_H

#include "workloads/lower/lower.h"

/* Name, MACs of the forward pass, parameters and their bytes. */
struct ts_network_size ts_network_size_of(const struct ts_lowering *lowering,
                                          const struct ts_graph *graph);

/* The teacher's forward pass, as in inference; its kernels' names begin with "teacher.". To be
 * called before the student is lowered; its outputs are then in teacher_outputs, to be called
 * after: the soft part of the loss (Hinton, Vinyals, Dean, "Distilling the knowledge in a neural
 * network", arXiv 1503.02531): both networks' softmax at a temperature, and their difference on top
 * of the gradient that the labels give. */
struct ts_operand *ts_lower_teacher(struct ts_lowering *lowering, int *count);
void ts_lower_soft_loss(struct ts_lowering *lowering, const struct ts_operand *teacher_outputs);

/* Tensors that no node reads, in order. Returns their count; *tensors in the graph's arena. */
int ts_network_outputs(const struct ts_graph *graph, int **tensors);

#endif
